package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.Volume.Chain.Layer;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Inspects the layers below an image. A layer is opened only if it is a regular file or a block device, with the format
 * that the layer above states.
 */
final class ImageLayers {
    private static final String RAW = "raw";
    private static final int SECTOR = 512;

    private final QemuImg images;
    private final Commands commands;
    private final Duration timeout;

    ImageLayers(QemuImg images, Commands commands, Duration timeout) {
        this.images = images;
        this.commands = commands;
        this.timeout = timeout;
    }

    /**
     * The layers below an image.
     *
     * @param chain the layers; empty if one of them could not be inspected
     * @param flaw why not, a phrase that names the layer; empty if all could
     */
    record Below(Optional<Chain> chain, Optional<String> flaw) {
        private static Below broken(String path, String why) {
            return new Below(Optional.empty(), Optional.of(ToolFailure.printable(path) + ", which " + why));
        }
    }

    /** As an image that nobody has open says of itself, and each layer of the next. */
    Below of(ImageFacts top) {
        List<Layer> layers = new ArrayList<>();
        ImageFacts facts = top;
        while (facts.backing().isPresent()) {
            String path = facts.backing().get();
            String format = facts.backingFormat().orElse(RAW);
            if (layers.size() >= QemuImg.LONGEST_CHAIN) {
                return Below.broken(path, "stands on more layers than are followed");
            }
            if (!path.startsWith("/")) {
                layers.add(new Layer(path, format, 0, ""));
                break;
            }
            FileStatus status = FileStatus.of(commands, timeout, path);
            Optional<String> flaw = flaw(status);
            if (flaw.isPresent()) {
                return Below.broken(path, flaw.get());
            }
            FileStatus.Present present = (FileStatus.Present) status;
            if (!format.equals(ImageVolumes.QCOW2)) {
                layers.add(new Layer(path, format, size(present, format), present.identity()));
                break;
            }
            try {
                facts = images.shared(new ImageNode(path), path);
            } catch (DriverException e) {
                return Below.broken(path, "cannot be read: " + e.getMessage());
            }
            layers.add(new Layer(path, format, facts.image().virtualBytes(), present.identity()));
        }
        return new Below(Optional.of(new Chain(layers)), Optional.empty());
    }

    /** As the hypervisor reports them of an image that it has open, and what lies at their paths by now. */
    Below of(Chain reported) {
        List<String> paths = reported.layers().stream()
                .map(Layer::path)
                .filter(path -> path.startsWith("/"))
                .toList();
        List<FileStatus> statuses = FileStatus.of(commands, timeout, paths);
        List<Layer> layers = new ArrayList<>();
        int next = 0;
        for (Layer layer : reported.layers()) {
            String format = layer.format().isEmpty() ? RAW : layer.format();
            if (!layer.path().startsWith("/")) {
                layers.add(new Layer(layer.path(), format, 0, ""));
                break;
            }
            FileStatus status = statuses.get(next++);
            Optional<String> flaw = flaw(status);
            if (flaw.isPresent()) {
                return Below.broken(layer.path(), flaw.get());
            }
            layers.add(new Layer(layer.path(), format, layer.virtualBytes(), ((FileStatus.Present) status).identity()));
        }
        return new Below(Optional.of(new Chain(layers)), Optional.empty());
    }

    private static Optional<String> flaw(FileStatus status) {
        if (status instanceof FileStatus.Present present) {
            return present.mayBeOpened()
                    ? Optional.empty()
                    : Optional.of("is neither a regular file nor a block device");
        }
        return Optional.of(
                status instanceof FileStatus.Unclear unclear
                        ? "cannot be inspected: " + ToolFailure.printable(unclear.why())
                        : "is missing");
    }

    /** A raw image has whole sectors; other formats are not opened, and a device tells no length. */
    private static long size(FileStatus.Present file, String format) {
        return format.equals(RAW) && file.kind() == FileStatus.Kind.FILE
                ? (file.bytes() + SECTOR - 1) / SECTOR * SECTOR
                : 0;
    }
}
