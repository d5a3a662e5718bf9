package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.Chain;
import dev.vmsnap.spi.ImageInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The image of one disk as QEMU has it open.
 *
 * @param name QEMU's name for it in this very run; changes with each start
 * @param file the file or device as QEMU opened it
 * @param image what the image says of itself
 * @param extendedL2 whether entries of its second-level tables take twice the room
 */
record BlockNode(String name, String file, ImageInfo image, boolean extendedL2) {
    private static final int USUAL_REFCOUNT_BITS = 16;
    private static final Set<String> HOLD_SNAPSHOTS = Set.of("qcow2");
    private static final String JSON = "json:";
    // Layers that QEMU puts on top of an image and that are no image.
    private static final Set<String> FILTERS = Set.of("copy-on-read", "throttle");

    /** Whether it takes another question to find the images under these devices. */
    static boolean needsAllNodes(JsonElement queryBlock) {
        return Json.objects(queryBlock)
                .flatMap(device -> Json.object(device, "inserted").stream())
                .anyMatch(inserted -> FILTERS.contains(Json.text(inserted, "drv", "")));
    }

    /**
     * Finds the images that can hold snapshots.
     *
     * @param aliases the names that QEMU knows the disks' devices by, for each target
     * @param queryBlock the answer to {@code query-block}
     * @param allNodes the answer to {@code query-named-block-nodes}, or an empty list when not needed
     * @return one node for each target that has such an image
     */
    static Map<String, BlockNode> find(Map<String, String> aliases, JsonElement queryBlock, JsonElement allNodes) {
        Map<String, BlockNode> found = new LinkedHashMap<>();
        aliases.forEach((target, alias) -> Json.objects(queryBlock)
                .filter(device -> isDevice(device, alias))
                .findFirst()
                .flatMap(device -> Json.object(device, "inserted"))
                .flatMap(inserted -> underFilters(inserted, allNodes))
                .filter(node -> HOLD_SNAPSHOTS.contains(Json.text(node, "drv", "")))
                .ifPresent(node -> found.put(target, of(target, node))));
        return found;
    }

    private static boolean isDevice(JsonObject device, String alias) {
        String path = Json.text(device, "qdev", "");
        if (path.equals(alias) || List.of(path.split("/")).contains(alias)) {
            return true;
        }
        return Json.text(device, "device", "").equals("drive-" + alias);
    }

    private static Optional<JsonObject> underFilters(JsonObject inserted, JsonElement allNodes) {
        if (!FILTERS.contains(Json.text(inserted, "drv", ""))) {
            return Optional.of(inserted);
        }
        String file = fileBelow(Json.text(inserted, "file", ""));
        List<JsonObject> images = Json.objects(allNodes)
                .filter(node -> HOLD_SNAPSHOTS.contains(Json.text(node, "drv", "")))
                .filter(node -> fileBelow(Json.text(node, "file", "")).equals(file))
                .toList();
        return images.size() == 1 ? Optional.of(images.get(0)) : Optional.empty();
    }

    /** The file at the bottom of a node, which QEMU names by its path or by a description of all layers over it. */
    private static String fileBelow(String name) {
        if (!name.startsWith(JSON)) {
            return name;
        }
        try {
            JsonObject layer =
                    JsonParser.parseString(name.substring(JSON.length())).getAsJsonObject();
            while (Json.object(layer, "file").isPresent()) {
                layer = Json.object(layer, "file").get();
            }
            return Json.text(layer, "filename", name);
        } catch (JsonParseException | IllegalStateException e) {
            return name;
        }
    }

    private static BlockNode of(String target, JsonObject node) {
        JsonObject image = Json.object(node, "image").orElseGet(JsonObject::new);
        JsonObject data = Json.object(image, "format-specific")
                .flatMap(specific -> Json.object(specific, "data"))
                .orElseGet(JsonObject::new);
        return new BlockNode(
                Json.text(node, "node-name", ""),
                Json.text(node, "file", ""),
                image(target, node, image, data),
                Json.flag(data, "extended-l2"));
    }

    private static ImageInfo image(String target, JsonObject node, JsonObject image, JsonObject data) {
        Set<String> bitmaps = new LinkedHashSet<>();
        Json.objects(node, "dirty-bitmaps")
                .filter(bitmap -> Json.flag(bitmap, "persistent"))
                .forEach(bitmap -> bitmaps.add(Json.text(bitmap, "name", "")));
        Json.objects(data, "bitmaps").forEach(bitmap -> bitmaps.add(Json.text(bitmap, "name", "")));
        return new ImageInfo(
                target,
                Json.text(node, "drv", ""),
                Json.number(image, "virtual-size"),
                Json.number(image, "actual-size"),
                Json.number(image, "cluster-size"),
                snapshots(image),
                new ArrayList<>(bitmaps),
                chain(image),
                Json.flag(image, "encrypted") || Json.flag(node, "encrypted"),
                Json.flag(data, "corrupt"),
                USUAL_REFCOUNT_BITS,
                Optional.empty(),
                Optional.empty());
    }

    /** The layer right below, as the image states it. */
    private static Chain chain(JsonObject image) {
        return new Chain(Json.text(image, "full-backing-filename")
                .or(() -> Json.text(image, "backing-filename"))
                .map(path -> new Chain.Layer(path, Json.text(image, "backing-filename-format", ""), 0, ""))
                .stream()
                .toList());
    }

    /** The snapshots that an image lists, in QEMU's words for a running VM as in {@code qemu-img}'s. */
    static List<ImageInfo.Entry> snapshots(JsonObject image) {
        return Json.objects(image, "snapshots")
                .map(s -> new ImageInfo.Entry(Json.text(s, "name", ""), Json.number(s, "vm-state-size")))
                .toList();
    }

    /** How many bytes one entry of the image's first-level table covers. */
    long tableCoverage() {
        long cluster = Math.max(512, image.clusterBytes());
        return Math.multiplyExact(cluster, cluster / (extendedL2 ? 16 : 8));
    }

    /** Where RAM begins in a disk of that size: at the first such entry that the disk does not use. */
    long ramOffset(long diskBytes) {
        long coverage = tableCoverage();
        return Math.multiplyExact((diskBytes + coverage - 1) / coverage, coverage);
    }

    boolean holds(String snapshot) {
        return image.snapshots().stream().anyMatch(s -> s.name().equals(snapshot));
    }
}
