package dev.vmsnap;

import java.util.Optional;
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
 * @param location where the source led to when it was looked at, in the driver's words, for example the export of a NAS;
 *     empty where the source says it all
 * @param chain the layers below its image, as they were when the volume was inspected; empty if it is no image, and in
 *     records older than chains
 */
public record Volume(
        String target,
        String source,
        String format,
        StorageKind kind,
        String storage,
        OptionalLong virtualBytes,
        Optional<String> location,
        Optional<Chain> chain) {

    /** Checks that nothing is blank. */
    public Volume {
        if (target.isBlank() || source.isBlank() || format.isBlank() || storage.isBlank()) {
            throw new IllegalArgumentException("a volume has a target, a source, a format and a storage driver");
        }
    }

    /**
     * A volume whose source says it all.
     *
     * @param target as in {@link #target()}
     * @param source as in {@link #source()}
     * @param format as in {@link #format()}
     * @param kind as in {@link #kind()}
     * @param storage as in {@link #storage()}
     * @param virtualBytes as in {@link #virtualBytes()}
     */
    public Volume(
            String target, String source, String format, StorageKind kind, String storage, OptionalLong virtualBytes) {
        this(target, source, format, kind, storage, virtualBytes, Optional.empty(), Optional.empty());
    }

    /**
     * Returns this volume with another size.
     *
     * @param bytes the size that the guest sees, in bytes, at least 0
     * @return the changed copy
     */
    public Volume withVirtualBytes(long bytes) {
        return new Volume(target, source, format, kind, storage, OptionalLong.of(bytes), location, chain);
    }

    /**
     * Returns this volume without a word on its size.
     *
     * @return the changed copy
     */
    public Volume ofAnySize() {
        return new Volume(target, source, format, kind, storage, OptionalLong.empty(), location, chain);
    }

    /**
     * Returns this volume as it was seen.
     *
     * @param where as in {@link #location()}
     * @return the changed copy
     */
    public Volume at(String where) {
        return new Volume(target, source, format, kind, storage, virtualBytes, Optional.of(where), chain);
    }

    /**
     * Returns this volume with its data elsewhere.
     *
     * @param path as in {@link #source()}
     * @return the changed copy
     */
    public Volume withSource(String path) {
        return new Volume(target, path, format, kind, storage, virtualBytes, location, chain);
    }

    /**
     * Returns this volume with the layers that are below its image.
     *
     * @param layers as in {@link #chain()}
     * @return the changed copy
     */
    public Volume on(Chain layers) {
        return new Volume(target, source, format, kind, storage, virtualBytes, location, Optional.of(layers));
    }

    /**
     * Returns its identity.
     *
     * @return the key
     */
    public VolumeKey key() {
        return new VolumeKey(storage, source);
    }
}
