package dev.vmsnap;

import java.util.OptionalLong;

/**
 * One disk of a VM that takes part in snapshots.
 *
 * @param target the disk's name inside the VM, for example {@code vda}
 * @param source where its data is on the node: a path or a device
 * @param format the image format as the VM's configuration states it, for example {@code qcow2}; never probed
 * @param kind the kind of storage it lies on
 * @param storage the {@linkplain dev.vmsnap.spi.StorageDriver#id() id} of the driver that owns it
 * @param virtualBytes the size that the guest sees, in bytes, where it is known
 */
public record Volume(
        String target, String source, String format, StorageKind kind, String storage, OptionalLong virtualBytes) {

    /** Checks that nothing is blank. */
    public Volume {
        if (target.isBlank() || source.isBlank() || format.isBlank() || storage.isBlank()) {
            throw new IllegalArgumentException("a volume has a target, a source, a format and a storage driver");
        }
    }

    /**
     * Returns this volume with another size.
     *
     * @param bytes the size that the guest sees, in bytes, at least 0
     * @return the changed copy
     */
    public Volume withVirtualBytes(long bytes) {
        return new Volume(target, source, format, kind, storage, OptionalLong.of(bytes));
    }

    /**
     * Returns this volume without a word on its size.
     *
     * @return the changed copy
     */
    public Volume ofAnySize() {
        return new Volume(target, source, format, kind, storage, OptionalLong.empty());
    }
}
