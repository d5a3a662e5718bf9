package dev.vmsnap.storage.file.image;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An image with everything that it is based on, each with the format that is stated of it: what a reader needs to see the
 * whole content of a disk without anything being probed.
 *
 * @param facts of the image
 * @param layers the image, and below it what is qcow2 too
 * @param bytes what all of them are based on, if that is a raw file
 * @param descriptors the layers that the reader finds open instead of opening them
 */
record ImageChain(ImageFacts facts, List<ImageNode> layers, Optional<ImageNode> bytes, LayerDescriptors descriptors) {

    /** Copies the list. */
    ImageChain {
        layers = List.copyOf(layers);
    }

    ImageNode top() {
        return layers.get(0);
    }

    /**
     * Names the whole to QEMU's tools.
     *
     * @return an argument
     */
    String argument() {
        JsonElement below = bytes.<JsonElement>map(ImageNode::bytes).orElse(JsonNull.INSTANCE);
        for (int i = layers.size() - 1; i > 0; i--) {
            below = layers.get(i).qcow2On(below);
        }
        JsonObject whole = top().qcow2On(below);
        return ImageNode.argument(whole);
    }

    /** A command that reads it. */
    List<String> reading(List<String> command) {
        return descriptors.opening(ImageGuard.guarded(top().path(), command));
    }

    /** What QEMU's tools may call any part of it. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(argument()));
        layers.forEach(layer -> names.addAll(List.of(layer.qcow2(), layer.path())));
        bytes.ifPresent(base -> names.addAll(List.of(base.raw(), base.path())));
        return names;
    }
}
