package dev.vmsnap;

import java.util.List;
import java.util.Optional;

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
