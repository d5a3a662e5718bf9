package dev.vmsnap.storage.file.image;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import dev.vmsnap.manifest.Json;

/**
 * How an image is named to QEMU's tools: as a {@code json:} description of the block node, built here. It states the
 * format also where a tool has no option for it ({@code qemu-img snapshot}), leaves no part of a path to be read as an
 * option or a protocol, never follows the backing file, and is pure ASCII whatever the locale of the process is.
 *
 * @param path the image's absolute path on the node
 */
record ImageNode(String path) {

    /** Refuses what is no absolute path. */
    ImageNode {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("an image has an absolute path without NUL");
        }
    }

    /**
     * Returns the image read as qcow2.
     *
     * @return an argument
     */
    String qcow2() {
        return argument(qcow2On(JsonNull.INSTANCE));
    }

    /**
     * Returns the image read as qcow2 on top of another.
     *
     * @param backing the description of that, or JSON's null for none
     * @return the description of the block node
     */
    JsonObject qcow2On(JsonElement backing) {
        JsonObject node = new JsonObject();
        node.addProperty("driver", "qcow2");
        node.add("backing", backing);
        node.addProperty("discard", "unmap");
        node.add("file", file());
        return node;
    }

    /**
     * Returns the bytes of the file itself.
     *
     * @return an argument
     */
    String raw() {
        return argument(bytes());
    }

    /**
     * Describes the bytes of the file itself.
     *
     * @return the description of the block node
     */
    JsonObject bytes() {
        JsonObject node = new JsonObject();
        node.addProperty("driver", "raw");
        node.add("file", file());
        return node;
    }

    private JsonObject file() {
        JsonObject file = new JsonObject();
        file.addProperty("driver", "file");
        file.addProperty("filename", path);
        file.addProperty("discard", "unmap");
        return file;
    }

    /**
     * Returns a block node as QEMU's tools take it.
     *
     * @param node its description
     * @return an argument
     */
    static String argument(JsonObject node) {
        return "json:" + Json.ascii(node);
    }
}
