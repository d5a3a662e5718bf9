package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.Volume.Chain;
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
 * @param name QEMU's name for the disk's first node in this very run, for commands; changes with each start
 * @param file the file or device as QEMU opened it
 * @param image what the image says of itself
 * @param extendedL2 whether entries of its second-level tables take twice the room
 */
record BlockNode(String name, String file, ImageInfo image, boolean extendedL2) {
    private static final int USUAL_REFCOUNT_BITS = 16;

    /** The first node of each disk's device, for each target whose device is there and has a medium. */
    static Map<String, JsonObject> inserted(Map<String, String> aliases, JsonElement queryBlock) {
        Map<String, JsonObject> found = new LinkedHashMap<>();
        aliases.forEach((target, alias) -> Json.objects(queryBlock)
                .filter(device -> isDevice(device, alias))
                .findFirst()
                .flatMap(device -> Json.object(device, "inserted"))
                .ifPresent(inserted -> found.put(target, inserted)));
        return found;
    }

    private static boolean isDevice(JsonObject device, String alias) {
        String path = Json.text(device, "qdev", "");
        if (path.equals(alias) || List.of(path.split("/")).contains(alias)) {
            return true;
        }
        return Json.text(device, "device", "").equals("drive-" + alias);
    }

    /**
     * Reads what QEMU knows of an image.
     *
     * @param inserted the first node of the disk's device; QEMU takes commands on snapshots for that one only
     * @param node the node of the image itself
     */
    static BlockNode of(String target, JsonObject inserted, JsonObject node) {
        JsonObject image = Json.object(node, "image").orElseGet(JsonObject::new);
        JsonObject data = Json.object(image, "format-specific")
                .flatMap(specific -> Json.object(specific, "data"))
                .orElseGet(JsonObject::new);
        return new BlockNode(
                Json.text(inserted, "node-name", ""),
                BlockGraph.fileBelow(Json.text(node, "file", "")),
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
                data.has("refcount-bits") ? (int) Json.number(data, "refcount-bits") : USUAL_REFCOUNT_BITS,
                Json.text(data, "data-file"),
                Optional.empty());
    }

    /** All layers below: paths and formats as the layer above states them, sizes as QEMU has them open. */
    private static Chain chain(JsonObject image) {
        List<Chain.Layer> layers = new ArrayList<>();
        Optional<JsonObject> above = Optional.of(image);
        while (above.isPresent()) {
            JsonObject upper = above.get();
            Optional<JsonObject> lower = Json.object(upper, "backing-image");
            Json.text(upper, "full-backing-filename")
                    .or(() -> Json.text(upper, "backing-filename"))
                    .or(() -> lower.flatMap(open -> Json.text(open, "filename")))
                    .ifPresent(path -> layers.add(new Chain.Layer(
                            path,
                            Json.text(upper, "backing-filename-format", ""),
                            lower.map(open -> Json.number(open, "virtual-size")).orElse(0L),
                            "")));
            above = lower;
        }
        return new Chain(layers);
    }

    /** The snapshots that an image lists, in QEMU's words for a running VM as in {@code qemu-img}'s. */
    static List<ImageInfo.Entry> snapshots(JsonObject image) {
        return Json.objects(image, "snapshots")
                .map(s -> new ImageInfo.Entry(Json.text(s, "name", ""), Json.number(s, "vm-state-size")))
                .toList();
    }

    /** An image with what was found out besides. */
    static ImageInfo with(ImageInfo image, List<ImageInfo.Entry> snapshots, Optional<String> detached) {
        return new ImageInfo(
                image.target(),
                image.format(),
                image.virtualBytes(),
                image.allocatedBytes(),
                image.clusterBytes(),
                snapshots,
                image.bitmaps(),
                image.chain(),
                image.encrypted(),
                image.corrupt(),
                image.refcountBits(),
                image.dataFile(),
                detached);
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
