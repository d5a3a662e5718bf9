package dev.vmsnap.kvm;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.StoragePoolPointer;
import org.libvirt.jna.StorageVolPointer;

/** Asks libvirt's storage driver where the volumes of its pools lie. Nothing is started or refreshed for it. */
final class PoolVolumes implements PoolDisks.Pools {
    private static final int INFO_BYTES = 24;
    private static final int FILE = 0;
    private static final int BLOCK = 1;

    private final ConnectionPointer connection;

    PoolVolumes(ConnectionPointer connection) {
        this.connection = connection;
    }

    @Override
    public PoolDisks.Place find(String poolName, String volumeName) {
        StoragePoolPointer pool = virt().virStoragePoolLookupByName(connection, poolName);
        if (pool == null) {
            return unknown(VirtException.last(), "the node has no storage pool " + poolName);
        }
        try {
            int active = virt().virStoragePoolIsActive(pool);
            if (active < 0) {
                throw VirtException.last();
            }
            return active == 0
                    ? PoolDisks.Place.unknown("storage pool " + poolName + " is not active: start it with \"virsh"
                            + " pool-start " + poolName + "\"")
                    : find(pool, poolName, volumeName);
        } finally {
            virt().virStoragePoolFree(pool);
        }
    }

    private static PoolDisks.Place find(StoragePoolPointer pool, String poolName, String volumeName) {
        StorageVolPointer volume = virt().virStorageVolLookupByName(pool, volumeName);
        if (volume == null) {
            return unknown(
                    VirtException.last(),
                    "storage pool " + poolName + " has no volume " + volumeName + ": if it is there, refresh the pool"
                            + " with \"virsh pool-refresh " + poolName + "\"");
        }
        try {
            Pointer path = virt().virStorageVolGetPath(volume);
            return path == null
                    ? unknown(VirtException.last(), "storage pool " + poolName + " has no volume " + volumeName)
                    : located(taken(path), volume);
        } finally {
            virt().virStorageVolFree(volume);
        }
    }

    private static PoolDisks.Place located(String path, StorageVolPointer volume) {
        try (Memory info = new Memory(INFO_BYTES)) {
            info.clear();
            // A volume that is being allocated tells only its path.
            int type = virt().virStorageVolGetInfo(volume, info) == 0 ? info.getInt(0) : typeOf(path);
            return switch (type) {
                case FILE -> PoolDisks.Place.at("file", path);
                case BLOCK -> PoolDisks.Place.at("block", path);
                default -> PoolDisks.Place.unknown("it is neither a file nor a block device: " + path);
            };
        }
    }

    private static int typeOf(String path) {
        return path.startsWith("/dev/") ? BLOCK : FILE;
    }

    /** Takes libvirt's codes for "no such object" and "not supported" as an answer, and all others as trouble. */
    private static PoolDisks.Place unknown(VirtException failure, String absent) {
        return switch (failure.code()) {
            case VirtException.NO_STORAGE_POOL, VirtException.NO_STORAGE_VOL -> PoolDisks.Place.unknown(absent);
            case VirtException.NO_SUPPORT ->
                PoolDisks.Place.unknown(
                        "libvirt's storage driver is not loaded on the node (package libvirt-daemon-driver-storage)");
            case VirtException.SYSTEM_ERROR ->
                PoolDisks.Place.unknown(
                        "libvirt's storage driver does not answer (virtstoraged): " + failure.getMessage());
            default -> throw failure;
        };
    }

    private static String taken(Pointer text) {
        try {
            return text.getString(0, "UTF-8");
        } finally {
            Native.free(Pointer.nativeValue(text));
        }
    }

    private static Virt virt() {
        return Virt.Loaded.VIRT;
    }
}
