package dev.vmsnap;

import java.util.List;
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
    public Key key() {
        return new Key(storage, source);
    }

    /**
     * The identity of a disk: its storage driver and its source. A target such as {@code vda} can name another disk tomorrow.
     *
     * @param storage the {@linkplain dev.vmsnap.spi.StorageDriver#id() id} of the driver that owns it
     * @param source the path or device of its data on the node
     */
    public record Key(String storage, String source) {}

    /**
     * The layers below an image, from the one that it is based on downwards. A snapshot inside the image holds only the
     * clusters of the image itself, so it is worth nothing on another chain.
     *
     * @param layers top down; empty for an image that is based on nothing
     */
    public record Chain(List<Layer> layers) {
        /** The chain of an image that is based on nothing. */
        public static final Chain NONE = new Chain(List.of());

        /** Copies the list. */
        public Chain {
            layers = List.copyOf(layers);
        }

        /**
         * One layer.
         *
         * @param path its path or device on the node
         * @param format its format as the layer above states it; empty if none is stated
         * @param virtualBytes the size that a guest would see, in bytes; 0 if unknown
         * @param identity tells whether the content is the one that it was, in the driver's words, for example size and time of
         *     the last change of a file; empty if the driver cannot tell, as of a device
         */
        public record Layer(String path, String format, long virtualBytes, String identity) {}

        /**
         * Compares this chain with an earlier one.
         *
         * @param then the chain at the cut
         * @return the first difference, a phrase for people; empty if they are the same as far as can be told
         */
        public Optional<String> differenceFrom(Chain then) {
            if (layers.size() != then.layers.size()) {
                return Optional.of(
                        layers.isEmpty()
                                ? "it was based on " + then.layers.get(0).path() + " and is based on nothing now"
                                : "it was based on " + layersIn(then) + " and is based on " + layersIn(this) + " now");
            }
            for (int i = 0; i < layers.size(); i++) {
                Layer was = then.layers.get(i);
                Layer is = layers.get(i);
                if (!was.path().equals(is.path())) {
                    return Optional.of("it was based on " + was.path() + " and is based on " + is.path() + " now");
                }
                if (!was.format().equals(is.format())) {
                    return Optional.of(
                            was.path() + " was read as " + was.format() + " and is read as " + is.format() + " now");
                }
                boolean resized =
                        was.virtualBytes() != is.virtualBytes() && was.virtualBytes() != 0 && is.virtualBytes() != 0;
                boolean replaced = !was.identity().equals(is.identity())
                        && !was.identity().isEmpty()
                        && !is.identity().isEmpty();
                if (resized || replaced) {
                    return Optional.of(was.path() + ", on which it is based, has changed");
                }
            }
            return Optional.empty();
        }

        private static String layersIn(Chain chain) {
            return chain.layers.isEmpty()
                    ? "nothing"
                    : String.join(", ", chain.layers.stream().map(Layer::path).toList());
        }
    }
}
