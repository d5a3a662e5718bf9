package dev.vmsnap.kvm;

import com.sun.jna.Callback;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.DomainSnapshotPointer;
import org.libvirt.jna.NetworkPointer;
import org.libvirt.jna.StoragePoolPointer;
import org.libvirt.jna.StorageVolPointer;

/**
 * The calls of libvirt that libvirt-java lacks, and those that carry text: libvirt-java hands text over in the platform's
 * encoding, libvirt wants UTF-8.
 */
interface Virt extends Library {
    int XML_SECURE = 1;
    int XML_INACTIVE = 2;
    int XML_MIGRATABLE = 8;
    int START_PAUSED = 1;
    int START_FORCE_BOOT = 1 << 3;
    int SNAPSHOT_NO_METADATA = 1 << 2;
    int CHECKPOINT_DELETE_METADATA_ONLY = 1 << 1;
    int RESTORE_RUNNING = 1 << 1;
    int RESTORE_PAUSED = 1 << 2;
    int UNDEFINE_KEEP_NVRAM = 1 << 3;
    int UNDEFINE_KEEP_TPM = 1 << 6;
    int EVENT_NAME_IS_REGEX = 1;
    int COMPARE_FAIL_INCOMPATIBLE = 1;
    int AFFECT_LIVE = 1;
    int METADATA_ELEMENT = 2;

    /** Told of QEMU's events, on the thread of the event loop. */
    interface MonitorCallback extends Callback {
        void happened(
                Pointer connection,
                DomainPointer domain,
                String event,
                long seconds,
                int micros,
                @Nullable String details,
                @Nullable Pointer opaque);
    }

    /** The calls of libvirt-qemu. */
    interface Qemu extends Library {
        int virDomainQemuMonitorCommand(DomainPointer domain, String command, PointerByReference reply, int flags);

        int virConnectDomainQemuMonitorEventRegister(
                ConnectionPointer connection,
                @Nullable DomainPointer domain,
                String event,
                MonitorCallback callback,
                @Nullable Pointer opaque,
                @Nullable Pointer free,
                int flags);

        @Nullable
        Pointer virDomainQemuAgentCommand(DomainPointer domain, String command, int seconds, int flags);

        int virConnectDomainQemuMonitorEventDeregister(ConnectionPointer connection, int callback);
    }

    /** Loads the native libraries when the first call is made, so that everything else works without them. */
    final class Loaded {
        private static final Map<String, Object> UTF_8 = Map.of(OPTION_STRING_ENCODING, "UTF-8");
        static final Virt VIRT = Native.load("virt", Virt.class, UTF_8);
        static final Qemu QEMU = Native.load("virt-qemu", Qemu.class, UTF_8);

        private Loaded() {}
    }

    int virGetLastErrorCode();

    @Nullable
    String virGetLastErrorMessage();

    @Nullable
    DomainPointer virDomainLookupByUUIDString(ConnectionPointer connection, String uuid);

    @Nullable
    DomainPointer virDomainLookupByName(ConnectionPointer connection, String name);

    int virDomainGetUUIDString(DomainPointer domain, byte[] text);

    int virDomainFree(DomainPointer domain);

    int virConnectListAllDomains(ConnectionPointer connection, PointerByReference domains, int flags);

    @Nullable
    Pointer virDomainGetXMLDesc(DomainPointer domain, int flags);

    @Nullable
    DomainPointer virDomainDefineXML(ConnectionPointer connection, String xml);

    @Nullable
    DomainPointer virDomainCreateXML(ConnectionPointer connection, String xml, int flags);

    int virDomainSetMetadata(
            DomainPointer domain, int type, @Nullable String metadata, @Nullable String key, String uri, int flags);

    int virDomainGetState(DomainPointer domain, IntByReference state, IntByReference reason, int flags);

    int virDomainGetControlInfo(DomainPointer domain, Pointer info, int flags);

    @Nullable
    DomainSnapshotPointer virDomainSnapshotCreateXML(DomainPointer domain, String xml, int flags);

    int virDomainSnapshotFree(DomainSnapshotPointer snapshot);

    int virDomainListAllCheckpoints(DomainPointer domain, PointerByReference checkpoints, int flags);

    int virDomainCheckpointDelete(Pointer checkpoint, int flags);

    int virDomainCheckpointFree(Pointer checkpoint);

    int virDomainRestoreFlags(ConnectionPointer connection, String from, String domain, int flags);

    @Nullable
    Pointer virConnectGetCapabilities(ConnectionPointer connection);

    @Nullable
    Pointer virConnectGetDomainCapabilities(
            ConnectionPointer connection,
            @Nullable String emulator,
            String architecture,
            String machine,
            String type,
            int flags);

    int virConnectCompareHypervisorCPU(
            ConnectionPointer connection,
            @Nullable String emulator,
            String architecture,
            String machine,
            String type,
            String processor,
            int flags);

    @Nullable
    Pointer virConnectDomainXMLToNative(ConnectionPointer connection, String format, String xml, int flags);

    void virTypedParamsFree(@Nullable Pointer parameters, int count);

    int virDomainMigrateGetMaxDowntime(DomainPointer domain, LongByReference millis, int flags);

    @Nullable
    StoragePoolPointer virStoragePoolLookupByName(ConnectionPointer connection, String name);

    int virStoragePoolIsActive(StoragePoolPointer pool);

    int virStoragePoolFree(StoragePoolPointer pool);

    @Nullable
    StorageVolPointer virStorageVolLookupByName(StoragePoolPointer pool, String name);

    @Nullable
    Pointer virStorageVolGetPath(StorageVolPointer volume);

    int virStorageVolGetInfo(StorageVolPointer volume, Pointer info);

    int virStorageVolFree(StorageVolPointer volume);

    @Nullable
    NetworkPointer virNetworkLookupByName(ConnectionPointer connection, String name);

    int virNetworkIsActive(NetworkPointer network);

    int virNetworkFree(NetworkPointer network);
}
