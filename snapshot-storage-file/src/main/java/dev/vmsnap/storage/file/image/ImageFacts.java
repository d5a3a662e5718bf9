package dev.vmsnap.storage.file.image;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.manifest.Json;
import dev.vmsnap.spi.ImageInfo;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is known of an image.
 *
 * @param image what every source tells
 * @param dirty whether its reference counters must be rebuilt before use
 * @param backing where the image that it is based on lies, as a whole path; empty if it is based on nothing
 * @param backingFormat the format that is stated of that; empty if none is
 */
record ImageFacts(ImageInfo image, boolean dirty, Optional<String> backing, Optional<String> backingFormat) {
    private static final int USUAL_REFCOUNT_BITS = 16;

    /** The facts that a hypervisor reports. */
    static ImageFacts of(ImageInfo image) {
        Optional<Chain.Layer> base = image.chain().layers().stream().findFirst();
        return new ImageFacts(
                image,
                false,
                base.map(Chain.Layer::path),
                base.map(Chain.Layer::format).filter(format -> !format.isEmpty()));
    }

    int refcountBits() {
        return image.refcountBits();
    }

    Optional<String> dataFile() {
        return image.dataFile();
    }

    /**
     * Reads what {@code qemu-img info --output=json} printed.
     *
     * @param target the disk's name inside the VM
     * @param output the text
     * @return the facts
     */
    static ImageFacts parse(String target, String output) {
        try {
            JsonObject info = JsonParser.parseString(output).getAsJsonObject();
            JsonObject specific = Json.object(Json.object(info, "format-specific"), "data");
            ImageInfo image = new ImageInfo(
                    target,
                    Json.string(info, "format").orElse(""),
                    Json.number(info, "virtual-size", 0),
                    Json.number(info, "actual-size", 0),
                    Json.number(info, "cluster-size", 0),
                    Json.objects(info, "snapshots").stream()
                            .map(entry -> new ImageInfo.Entry(
                                    Json.string(entry, "name").orElse(""), Json.number(entry, "vm-state-size", 0)))
                            .toList(),
                    Json.objects(specific, "bitmaps").stream()
                            .map(bitmap -> Json.string(bitmap, "name").orElse(""))
                            .toList(),
                    base(info),
                    Json.flag(info, "encrypted"),
                    Json.flag(specific, "corrupt"),
                    (int) Json.number(specific, "refcount-bits", USUAL_REFCOUNT_BITS),
                    Json.string(specific, "data-file"),
                    Optional.empty());
            return new ImageFacts(
                    image, Json.flag(info, "dirty-flag"), backing(info), Json.string(info, "backing-filename-format"));
        } catch (JsonParseException | IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new DriverException(
                    ImageVolumes.DRIVER, DriverException.Reason.BROKEN, "qemu-img info printed what cannot be read", e);
        }
    }

    private static Optional<String> backing(JsonObject info) {
        return Json.string(info, "full-backing-filename").or(() -> Json.string(info, "backing-filename"));
    }

    /** The layer right below, which is all that an image says of its chain. */
    private static Chain base(JsonObject info) {
        return new Chain(backing(info)
                .map(path -> new Chain.Layer(
                        path, Json.string(info, "backing-filename-format").orElse(""), 0, ""))
                .stream()
                .toList());
    }

    /**
     * Reads what {@code qemu-img measure --output=json} printed.
     *
     * @param output the text
     * @return how many bytes are required
     */
    static long required(String output) {
        try {
            long bytes = Json.number(JsonParser.parseString(output).getAsJsonObject(), "required", -1);
            if (bytes >= 0) {
                return bytes;
            }
        } catch (JsonParseException | IllegalStateException | NumberFormatException | UnsupportedOperationException e) {
            throw new DriverException(
                    ImageVolumes.DRIVER,
                    DriverException.Reason.BROKEN,
                    "qemu-img measure printed what cannot be read",
                    e);
        }
        throw new DriverException(
                ImageVolumes.DRIVER, DriverException.Reason.BROKEN, "qemu-img measure does not say what is required");
    }

    /** The snapshots of that name; the format allows several. */
    List<ImageInfo.Entry> named(SnapshotId id) {
        String tag = ImageInfo.tag(id);
        return image.snapshots().stream()
                .filter(entry -> entry.name().equals(tag))
                .toList();
    }

    /** The names of all its snapshots. */
    Set<String> names() {
        return image.snapshots().stream().map(ImageInfo.Entry::name).collect(Collectors.toSet());
    }
}
