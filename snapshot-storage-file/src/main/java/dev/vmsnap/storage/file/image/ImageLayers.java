package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.Volume.Chain.Layer;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Inspects the layers below an image. Whoever made an image wrote into its header what lies below it, so such a path is
 * inspected and opened with the rights of the VM's own process, and only if it is a regular file. A layer that the
 * configuration of a VM that is off states is the host's word: the node's user opens it.
 */
final class ImageLayers {
    private static final String RAW = "raw";
    private static final int SECTOR = 512;

    // The kernel gives each process another content there.
    private static final Pattern KERNELS = Pattern.compile("/+(proc|dev|sys)/.*", Pattern.DOTALL);

    private final UnaryOperator<Commands> limits;
    private final Duration timeout;
    private final DriverCall call;
    private final Commands node;
    private @Nullable Commands guest;

    /**
     * Makes it for one call.
     *
     * @param limits applied to all commands
     * @param timeout how long one command may take
     * @param call the call's context
     */
    ImageLayers(UnaryOperator<Commands> limits, Duration timeout, DriverCall call) {
        this.limits = limits;
        this.timeout = timeout;
        this.call = call;
        this.node = limits.apply(call.hypervisor().commands());
    }

    /**
     * The layers below an image.
     *
     * @param chain the layers; empty if one of them could not be inspected
     * @param flaw why not; empty if all could
     */
    record Below(Optional<Chain> chain, Optional<Flaw> flaw) {
        private static Below broken(Flaw flaw) {
            return new Below(Optional.empty(), Optional.of(flaw));
        }
    }

    /**
     * Why a layer could not be inspected.
     *
     * @param text a phrase that names the layer
     * @param foreign whether it is none that the VM may read
     * @param reason how verbs fail that need it
     */
    record Flaw(String text, boolean foreign, Reason reason) {
        private static Flaw of(String path, String why, Reason reason) {
            return new Flaw(ToolFailure.printable(path) + ", which " + why, false, reason);
        }

        private static Flaw foreign(String path, String why) {
            return new Flaw(
                    ToolFailure.printable(path) + ", which the VM's configuration does not state and " + why,
                    true,
                    Reason.DENIED);
        }

        DriverException failure(Volume volume) {
            return new DriverException(ImageVolumes.DRIVER, reason, "disk " + volume.target() + " is based on " + text);
        }
    }

    /** A layer that was found: without a file if it is none. */
    private record Found(
            String path, Optional<String> format, Optional<FileStatus.Present> file, long bytes, boolean stated) {}

    private static final class FlawedLayer extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Flaw flaw;

        FlawedLayer(Flaw flaw) {
            super(flaw.text());
            this.flaw = flaw;
        }
    }

    /** As an image that nobody has open says of itself, and each layer of the next. */
    Below of(Volume volume, ImageFacts top) {
        try {
            return new Below(
                    Optional.of(new Chain(found(volume, top).stream()
                            .map(layer -> new Layer(
                                    layer.path(),
                                    layer.format().orElse(RAW),
                                    layer.bytes(),
                                    layer.file()
                                            .map(FileStatus.Present::identity)
                                            .orElse("")))
                            .toList())),
                    Optional.empty());
        } catch (FlawedLayer e) {
            return Below.broken(e.flaw);
        }
    }

    /** As the hypervisor reports them of an image that it has open, and what lies at their paths by now. */
    Below of(Chain reported) {
        List<String> paths = reported.layers().stream()
                .map(Layer::path)
                .filter(path -> path.startsWith("/"))
                .toList();
        List<FileStatus> statuses = FileStatus.of(node, timeout, paths);
        List<Layer> layers = new ArrayList<>();
        int next = 0;
        for (Layer layer : reported.layers()) {
            String format = layer.format().isEmpty() ? RAW : layer.format();
            if (!layer.path().startsWith("/")) {
                layers.add(new Layer(layer.path(), format, 0, ""));
                break;
            }
            FileStatus status = statuses.get(next++);
            Optional<Flaw> flaw = flaw(layer.path(), status);
            if (flaw.isPresent()) {
                return Below.broken(flaw.get());
            }
            layers.add(new Layer(layer.path(), format, layer.virtualBytes(), ((FileStatus.Present) status).identity()));
        }
        return new Below(Optional.of(new Chain(layers)), Optional.empty());
    }

    /**
     * Describes an image with everything that it is based on to a tool that reads all of it.
     *
     * @param volume the image
     * @param top its facts
     * @return the description
     * @throws DriverException {@code DENIED} if the VM may not read a layer, {@code BROKEN} if one is missing, or is of a
     *     format that is not stated or not known
     */
    ImageChain whole(Volume volume, ImageFacts top) {
        List<ImageNode> layers = new ArrayList<>(List.of(new ImageNode(volume.source())));
        Optional<ImageNode> bytes = Optional.empty();
        List<String> opened = new ArrayList<>();
        try {
            for (Found layer : found(volume, top)) {
                String format = layer.format().orElse("");
                if (layer.file().isEmpty() || !(format.equals(RAW) || format.equals(ImageVolumes.QCOW2))) {
                    throw new FlawedLayer(Flaw.of(layer.path(), "is no file of a stated format", Reason.BROKEN));
                }
                String path = layer.path();
                if (!layer.stated()) {
                    path = LayerDescriptors.path(opened.size());
                    opened.add(layer.path());
                }
                if (format.equals(RAW)) {
                    bytes = Optional.of(new ImageNode(path));
                } else {
                    layers.add(new ImageNode(path));
                }
            }
            if (opened.size() > LayerDescriptors.MOST) {
                throw new FlawedLayer(Flaw.foreign(
                        opened.get(LayerDescriptors.MOST),
                        "stands below " + LayerDescriptors.MOST + " others like it"));
            }
            LayerDescriptors descriptors =
                    opened.isEmpty() ? LayerDescriptors.NONE : LayerDescriptors.of(guest(), opened);
            return new ImageChain(top, layers, bytes, descriptors);
        } catch (FlawedLayer e) {
            throw e.flaw.failure(volume);
        }
    }

    private List<Found> found(Volume volume, ImageFacts top) {
        List<String> stated = call.vm().power().isActive()
                ? List.of()
                : call.vm().disk(volume).map(VmDescription.Disk::layers).orElse(List.of());
        List<Found> layers = new ArrayList<>();
        ImageFacts facts = top;
        while (facts.backing().isPresent()) {
            String path = facts.backing().get();
            Optional<String> format = facts.backingFormat();
            if (layers.size() >= QemuImg.LONGEST_CHAIN) {
                throw new FlawedLayer(Flaw.of(path, "stands on more layers than are followed", Reason.BROKEN));
            }
            if (!path.startsWith("/")) {
                boolean network = layers.size() < stated.size()
                        && !stated.get(layers.size()).startsWith("/");
                if (!network && !call.vm().power().isActive()) {
                    throw new FlawedLayer(Flaw.foreign(path, "is no file"));
                }
                layers.add(new Found(path, format, Optional.empty(), 0, network));
                break;
            }
            if (path.equals(volume.source())
                    || layers.stream().anyMatch(layer -> layer.path().equals(path))) {
                throw new FlawedLayer(Flaw.of(path, "stands on itself", Reason.BROKEN));
            }
            boolean host = stated.contains(path);
            FileStatus.Present file = host ? present(path) : presentToGuest(path);
            if (!format.orElse(RAW).equals(ImageVolumes.QCOW2)) {
                layers.add(new Found(path, format, Optional.of(file), size(file, format.orElse(RAW)), host));
                break;
            }
            facts = opened(path, host);
            layers.add(new Found(path, format, Optional.of(file), facts.image().virtualBytes(), host));
        }
        return layers;
    }

    private FileStatus.Present present(String path) {
        FileStatus status = FileStatus.of(node, timeout, path);
        flaw(path, status).ifPresent(flaw -> {
            throw new FlawedLayer(flaw);
        });
        return (FileStatus.Present) status;
    }

    private FileStatus.Present presentToGuest(String path) {
        if (KERNELS.matcher(path).matches()) {
            throw new FlawedLayer(Flaw.foreign(path, "is the kernel's"));
        }
        FileStatus status;
        try {
            status = FileStatus.of(guest(), timeout, path);
        } catch (DriverException e) {
            if (e.reason() == Reason.DENIED) {
                throw new FlawedLayer(Flaw.foreign(path, "cannot be read with the VM's rights: " + e.getMessage()));
            }
            throw e;
        }
        if (isClosed(status)) {
            throw new FlawedLayer(Flaw.foreign(path, "its own user may not read"));
        }
        flaw(path, status).ifPresent(flaw -> {
            throw new FlawedLayer(flaw);
        });
        FileStatus.Present file = (FileStatus.Present) status;
        if (file.kind() != FileStatus.Kind.FILE) {
            throw new FlawedLayer(Flaw.foreign(path, "is no regular file"));
        }
        return file;
    }

    private static boolean isClosed(FileStatus status) {
        if (status instanceof FileStatus.Present file) {
            return file.mayBeOpened() && !file.readable();
        }
        return status instanceof FileStatus.Unclear unclear && unclear.why().contains("denied");
    }

    private ImageFacts opened(String path, boolean host) {
        ImageFacts facts;
        try {
            facts = new QemuImg(host ? node : guest(), timeout).shared(new ImageNode(path), path);
        } catch (DriverException e) {
            throw new FlawedLayer(Flaw.of(path, "cannot be read: " + e.getMessage(), e.reason()));
        }
        if (facts.dataFile().isPresent()) {
            throw new FlawedLayer(new Flaw(
                    ToolFailure.printable(path) + ", which keeps its data in an external file", true, Reason.BROKEN));
        }
        return facts;
    }

    private Commands guest() {
        if (guest == null) {
            guest = limits.apply(call.hypervisor().commandsAs(call.vm().id()));
        }
        return guest;
    }

    private static Optional<Flaw> flaw(String path, FileStatus status) {
        if (status instanceof FileStatus.Present present) {
            return present.mayBeOpened()
                    ? Optional.empty()
                    : Optional.of(Flaw.of(path, "is neither a regular file nor a block device", Reason.BROKEN));
        }
        return Optional.of(
                status instanceof FileStatus.Unclear unclear
                        ? Flaw.of(
                                path,
                                "cannot be inspected: " + ToolFailure.printable(unclear.why()),
                                Reason.UNREACHABLE)
                        : Flaw.of(path, "is missing", Reason.BROKEN));
    }

    /** A raw image has whole sectors; other formats are not opened, and a device tells no length. */
    private static long size(FileStatus.Present file, String format) {
        return format.equals(RAW) && file.kind() == FileStatus.Kind.FILE
                ? (file.bytes() + SECTOR - 1) / SECTOR * SECTOR
                : 0;
    }
}
