package dev.vmsnap.kvm;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import dev.vmsnap.VmId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.libvirt.jna.DomainPointer;
import org.libvirt.jna.Libvirt;

/**
 * One domain of libvirt's for the length of one call: looked up, used on one thread, freed. Every method throws
 * {@link VirtException} when libvirt reports an error.
 */
final class Domain implements AutoCloseable {
    private static final int UUID_BYTES = 37;
    private static final int CONTROL_INFO_BYTES = 16;

    private final DomainPointer pointer;
    private final PoolDisks.Pools pools;
    private final Link.Touched touched;

    private Domain(DomainPointer pointer, PoolDisks.Pools pools, Link.Touched touched) {
        this.pointer = pointer;
        this.pools = pools;
        this.touched = touched;
    }

    /** Finds a domain; whatever changes it {@linkplain Link.Touched#now asks for the lease} right before libvirt is called. */
    static Domain of(Session session, VmId vm, Link.Touched touched) {
        return new Domain(
                checked(virt().virDomainLookupByUUIDString(session.pointer(), vm.value())),
                new PoolVolumes(session.pointer()),
                touched);
    }

    /** The ids of all domains, running or not. */
    static List<VmId> all(Session session) {
        PointerByReference list = new PointerByReference();
        int count = checked(virt().virConnectListAllDomains(session.pointer(), list, 0));
        Pointer array = list.getValue();
        List<VmId> ids = new ArrayList<>(count);
        try {
            for (int i = 0; i < count; i++) {
                DomainPointer domain = new DomainPointer(array.getPointer((long) i * Native.POINTER_SIZE));
                byte[] uuid = new byte[UUID_BYTES];
                if (virt().virDomainGetUUIDString(domain, uuid) == 0) {
                    ids.add(VmId.of(text(uuid)));
                }
                virt().virDomainFree(domain);
            }
        } finally {
            free(array);
        }
        return ids;
    }

    /** The id of the domain that has a name. */
    static Optional<VmId> named(Session session, String name) {
        DomainPointer found = virt().virDomainLookupByName(session.pointer(), name);
        if (found == null) {
            VirtException failure = VirtException.last();
            if (failure.code() == VirtException.NO_DOMAIN) {
                return Optional.empty();
            }
            throw failure;
        }
        try {
            byte[] uuid = new byte[UUID_BYTES];
            checked(virt().virDomainGetUUIDString(found, uuid));
            return Optional.of(VmId.of(text(uuid)));
        } finally {
            virt().virDomainFree(found);
        }
    }

    /** Starts a domain with RAM that was saved at a path. */
    static void restore(Session session, String path, String xml, int flags) {
        if (virt().virDomainRestoreFlags(session.pointer(), path, xml, flags) < 0) {
            throw VirtException.last().withoutGuestData();
        }
    }

    /** Defines a domain; that it exists already is no error. */
    static void define(Session session, String xml) {
        virt().virDomainFree(checked(virt().virDomainDefineXML(session.pointer(), xml)));
    }

    /** Starts a domain with a configuration that is for this run alone. */
    static void create(Session session, String xml, int flags) {
        virt().virDomainFree(checked(virt().virDomainCreateXML(session.pointer(), xml, flags)));
    }

    /** Takes something that somebody has noted away from the configuration of this run. */
    void removeMetadata(String namespace) {
        touched.now();
        checked(virt().virDomainSetMetadata(pointer, Virt.METADATA_ELEMENT, null, null, namespace, Virt.AFFECT_LIVE));
    }

    State state() {
        IntByReference state = new IntByReference();
        IntByReference reason = new IntByReference();
        checked(virt().virDomainGetState(pointer, state, reason, 0));
        return new State(state.getValue(), reason.getValue());
    }

    String xml(int flags) {
        return string(checked(virt().virDomainGetXMLDesc(pointer, flags)));
    }

    /** Its configuration, with the path of each disk that it names by a storage pool. Not for defining it again. */
    DomainXml described(int flags) {
        return PoolDisks.located(DomainXml.parse(xml(flags)), pools);
    }

    boolean persistent() {
        return checked(Libvirt.INSTANCE.virDomainIsPersistent(pointer)) == 1;
    }

    boolean hasManagedSave() {
        return checked(Libvirt.INSTANCE.virDomainHasManagedSaveImage(pointer, 0)) == 1;
    }

    /** Whether libvirt works on the domain; asks neither QEMU nor waits for the work to end. */
    Control control() {
        try (Memory info = new Memory(CONTROL_INFO_BYTES)) {
            info.clear();
            if (virt().virDomainGetControlInfo(pointer, info, 0) < 0) {
                VirtException failure = VirtException.last();
                if (failure.code() == VirtException.NO_SUPPORT || failure.code() == VirtException.OPERATION_INVALID) {
                    return Control.FREE;
                }
                throw failure;
            }
            int state = info.getInt(0);
            return state >= 0 && state < Control.values().length ? Control.values()[state] : Control.ERROR;
        }
    }

    /**
     * Returns whether libvirt works on the domain at length. Of a migration that comes in, libvirt refuses to report, which
     * is an answer too.
     */
    boolean working() {
        if (control() != Control.FREE) {
            return true;
        }
        try {
            return job().isWorking();
        } catch (VirtException e) {
            if (e.code() == VirtException.OPERATION_INVALID) {
                return true;
            }
            throw e;
        }
    }

    void removeManagedSave() {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainManagedSaveRemove(pointer, 0));
    }

    void undefine(int flags) {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainUndefineFlags(pointer, flags));
    }

    /** How many snapshots libvirt remembers, ours or not. */
    int remembered() {
        return checked(Libvirt.INSTANCE.virDomainSnapshotNum(pointer, 0));
    }

    /** What libvirt works on at length. In the first moments of a save it answers only when that has ended. */
    DomainJob job() {
        IntByReference type = new IntByReference();
        PointerByReference parameters = new PointerByReference();
        IntByReference count = new IntByReference();
        if (Libvirt.INSTANCE.virDomainGetJobStats(pointer, type, parameters, count, 0) < 0) {
            VirtException failure = VirtException.last();
            if (failure.code() == VirtException.NO_SUPPORT) {
                return DomainJob.NOTHING;
            }
            throw failure;
        }
        try {
            return DomainJob.of(type.getValue(), parameters.getValue(), count.getValue());
        } finally {
            virt().virTypedParamsFree(parameters.getValue(), count.getValue());
        }
    }

    /** Gives up what libvirt works on at length; nothing to give up is no error. */
    void abortJob() {
        touched.now();
        if (Libvirt.INSTANCE.virDomainAbortJob(pointer) < 0) {
            VirtException failure = VirtException.last();
            if (failure.code() != VirtException.OPERATION_INVALID) {
                throw failure;
            }
        }
    }

    /** QEMU's limit for the last part of a migration, in milliseconds. */
    long downtimeLimit() {
        LongByReference millis = new LongByReference();
        checked(virt().virDomainMigrateGetMaxDowntime(pointer, millis, 0));
        return millis.getValue();
    }

    void downtimeLimit(long millis) {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainMigrateSetMaxDowntime(pointer, millis, 0));
    }

    void suspend() {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainSuspend(pointer));
    }

    void resume() {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainResume(pointer));
    }

    void create(int flags) {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainCreateWithFlags(pointer, flags));
    }

    void destroy() {
        touched.now();
        checked(Libvirt.INSTANCE.virDomainDestroy(pointer));
    }

    void snapshot(String xml, int flags) {
        touched.now();
        virt().virDomainSnapshotFree(checked(virt().virDomainSnapshotCreateXML(pointer, xml, flags)));
    }

    /** Makes libvirt forget every checkpoint, and returns how many there were; the images stay as they are. */
    int forgetCheckpoints() {
        PointerByReference list = new PointerByReference();
        int count = checked(virt().virDomainListAllCheckpoints(pointer, list, 0));
        Pointer array = list.getValue();
        try {
            Optional<VirtException> failed = Optional.empty();
            touched.now();
            for (int i = 0; i < count; i++) {
                Pointer checkpoint = array.getPointer((long) i * Native.POINTER_SIZE);
                if (virt().virDomainCheckpointDelete(checkpoint, Virt.CHECKPOINT_DELETE_METADATA_ONLY) < 0) {
                    // At once: the next call to libvirt clears its last error.
                    VirtException failure = VirtException.last();
                    failed = failed.or(() -> Optional.of(failure));
                }
                virt().virDomainCheckpointFree(checkpoint);
            }
            if (failed.isPresent()) {
                throw failed.get();
            }
            return count;
        } finally {
            free(array);
        }
    }

    /** Sends one command to the agent in the guest, once libvirt has heard within five seconds that the agent is there. */
    String agent(String command, int seconds) {
        touched.now();
        return string(checked(Virt.Loaded.QEMU.virDomainQemuAgentCommand(pointer, command, seconds, 0)));
    }

    /** Sends one command to QEMU itself that may change something. */
    String monitor(String command) {
        touched.now();
        return query(command);
    }

    /** Asks QEMU itself something. */
    String query(String command) {
        PointerByReference reply = new PointerByReference();
        checked(Virt.Loaded.QEMU.virDomainQemuMonitorCommand(pointer, command, reply, 0));
        return string(reply.getValue());
    }

    @Override
    public void close() {
        virt().virDomainFree(pointer);
    }

    /** What libvirt is doing with a domain, in the order of its numbers. */
    enum Control {
        FREE,
        JOB,
        OCCUPIED,
        ERROR
    }

    private static Virt virt() {
        return Virt.Loaded.VIRT;
    }

    private static int checked(int result) {
        if (result < 0) {
            throw VirtException.last();
        }
        return result;
    }

    private static <T> T checked(@Nullable T result) {
        if (result == null) {
            throw VirtException.last();
        }
        return result;
    }

    private static String string(Pointer text) {
        try {
            return text.getString(0, "UTF-8");
        } finally {
            free(text);
        }
    }

    private static void free(@Nullable Pointer memory) {
        if (memory != null) {
            Native.free(Pointer.nativeValue(memory));
        }
    }

    private static String text(byte[] uuid) {
        return new String(uuid, 0, UUID_BYTES - 1, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
    }
}
