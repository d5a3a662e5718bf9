package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.ImageInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * {@code qemu-img} on a node. Every write takes QEMU's own lock on the image, so that one in use is never written to.
 */
final class QemuImg {
    // A check prints a line for each leaked cluster, gigabytes on a large disk: what is in the report anyway is dropped
    // on the node. The tail reads to the end, so that nothing is killed for printing too much.
    private static final String BRIEFLY = "{ \"$@\" 2>&1 1>&3"
            + " | grep -v -e '^Leaked cluster' -e '^Repairing' -e 'OFLAG_COPIED'"
            + " | tail -c 4096 >&2; } 3>&1";

    static final int LONGEST_CHAIN = 100;
    private static final long SLOW_BYTES_A_SECOND = 4 << 20;

    private final Commands commands;
    private final Duration timeout;

    QemuImg(Commands commands, Duration timeout) {
        this.commands = commands;
        this.timeout = timeout;
    }

    /**
     * Looks at an image whether or not somebody has it open.
     *
     * @param volume the image
     * @return the facts, or why there are none
     */
    Look look(Volume volume) {
        ImageNode node = new ImageNode(volume.source());
        Result result = run(node, "qemu-img", "info", "--output=json", node.qcow2());
        boolean inUse = !result.succeeded()
                && ToolFailure.of("cannot read", node, result).reason() == DriverException.Reason.IN_USE;
        if (inUse) {
            result = run(node, "qemu-img", "info", "-U", "--output=json", node.qcow2());
        }
        return result.succeeded()
                ? new Look.Seen(ImageFacts.parse(volume.target(), result.output()), inUse)
                : new Look.Unseen(ToolFailure.of("cannot read", node, result));
    }

    /**
     * Looks at an image that nobody else may have open for writing.
     *
     * @param volume the image
     * @return the facts
     * @throws DriverException {@code IN_USE} when somebody has, {@code MISSING} when it is gone
     */
    ImageFacts read(Volume volume) {
        ImageNode node = new ImageNode(volume.source());
        Result result = run(node, "qemu-img", "info", "--output=json", node.qcow2());
        return ImageFacts.parse(
                volume.target(), succeeded("cannot read", node, result).output());
    }

    /**
     * Looks at an image whether or not somebody has it open.
     *
     * @param node the image
     * @param target what the facts name it
     * @return the facts
     */
    ImageFacts shared(ImageNode node, String target) {
        Result result = run(node, "qemu-img", "info", "-U", "--output=json", node.qcow2());
        return ImageFacts.parse(target, succeeded("cannot read", node, result).output());
    }

    /**
     * Tells how large a copy becomes at most.
     *
     * @param chain the image
     * @param id of which snapshot; empty for the present state
     * @return in bytes
     */
    long measure(ImageChain chain, Optional<SnapshotId> id) {
        List<String> command = new ArrayList<>(List.of("qemu-img", "measure", "-U", "--output=json"));
        command.addAll(asCopy(chain, id));
        command.add(chain.argument());
        Result result = commands.run(command(chain.reading(command), timeout));
        if (!result.succeeded()) {
            throw ToolFailure.of("cannot measure", chain.top(), chain.names(), result);
        }
        return ImageFacts.required(result.output());
    }

    /**
     * Copies what a snapshot has into a file. Nothing of the snapshot changes whatever the guest writes meanwhile, so that
     * no lock is needed.
     *
     * @param chain the image
     * @param id of which snapshot
     * @param file an empty file, which keeps its mode
     * @param bytes how much there is to write; it gets as much more time as slow disks need for that
     * @param wanted told what the tool prints of its progress; false ends it
     */
    void convert(ImageChain chain, SnapshotId id, ImageNode file, long bytes, Predicate<String> wanted) {
        List<String> command = new ArrayList<>(List.of("qemu-img", "convert", "-p", "-U", "-t", "writeback"));
        command.addAll(asCopy(chain, Optional.of(id)));
        command.addAll(List.of(chain.argument(), ImageOutput.PATH));
        Duration limit = timeout.plusSeconds(bytes / SLOW_BYTES_A_SECOND);
        Result result = commands.run(command(ImageOutput.into(file.path(), chain.reading(command)), limit), wanted);
        if (!result.succeeded()) {
            throw ToolFailure.of("cannot make", file, chain.names(), result);
        }
    }

    private static List<String> asCopy(ImageChain chain, Optional<SnapshotId> id) {
        List<String> options = new ArrayList<>(List.of(
                "-O",
                ImageVolumes.QCOW2,
                "-o",
                "cluster_size=" + chain.facts().image().clusterBytes()));
        id.ifPresent(snapshot -> options.addAll(List.of("-l", "snapshot.name=" + ImageInfo.tag(snapshot))));
        return options;
    }

    void create(Volume volume, SnapshotId id) {
        snapshot("cannot take a snapshot in", "-c", volume, id);
    }

    void apply(Volume volume, SnapshotId id) {
        snapshot("cannot restore a snapshot in", "-a", volume, id);
    }

    void delete(Volume volume, SnapshotId id) {
        snapshot("cannot delete a snapshot in", "-d", volume, id);
    }

    /**
     * Makes a disk smaller; what lay behind its new end is gone.
     *
     * @param volume the image
     * @param bytes its new size
     */
    void shrink(Volume volume, long bytes) {
        ImageNode node = new ImageNode(volume.source());
        succeeded("cannot shrink", node, run(node, "qemu-img", "resize", "-q", "--shrink", node.qcow2(), "" + bytes));
    }

    /**
     * Reads all tables of an image and changes nothing.
     *
     * @param volume the image
     * @return what was found
     */
    CheckReport check(Volume volume) {
        ImageNode node = new ImageNode(volume.source());
        return report(node, briefly(node, "qemu-img", "check", "--output=json", node.qcow2()));
    }

    /**
     * Frees clusters that nothing uses. QEMU forgets every snapshot of an image whose header it rewrites as it opens it
     * for this, so {@link HeaderRewrite} must have been asked.
     *
     * @param volume the image
     * @return what is left
     */
    CheckReport repairLeaks(Volume volume) {
        ImageNode node = new ImageNode(volume.source());
        return report(node, briefly(node, "qemu-img", "check", "-r", "leaks", "--output=json", node.qcow2()));
    }

    /**
     * Opens an image for writing as a VM would; QEMU rebuilds the reference counters of a dirty one by that.
     *
     * @param volume the image
     */
    void open(Volume volume) {
        ImageNode node = new ImageNode(volume.source());
        briefly(node, "qemu-io", "-c", "flush", node.qcow2());
        if (read(volume).dirty()) {
            throw new DriverException(
                    ImageVolumes.DRIVER,
                    DriverException.Reason.BROKEN,
                    "the reference counters of disk " + volume.target() + " cannot be rebuilt");
        }
    }

    private void snapshot(String what, String action, Volume volume, SnapshotId id) {
        ImageNode node = new ImageNode(volume.source());
        succeeded(what, node, run(node, "qemu-img", "snapshot", action, ImageInfo.tag(id), node.qcow2()));
    }

    private static CheckReport report(ImageNode node, Result result) {
        if (result.output().isBlank()) {
            throw ToolFailure.of("cannot check", node, result);
        }
        return CheckReport.parse(result.output(), result.errors());
    }

    private Result briefly(ImageNode node, String... arguments) {
        List<String> all = new ArrayList<>(List.of("sh", "-c", BRIEFLY, "sh"));
        all.addAll(List.of(arguments));
        return run(node, all.toArray(String[]::new));
    }

    private static Result succeeded(String what, ImageNode node, Result result) {
        if (!result.succeeded()) {
            throw ToolFailure.of(what, node, result);
        }
        return result;
    }

    private Result run(ImageNode node, String... arguments) {
        return commands.run(command(ImageGuard.guarded(node.path(), List.of(arguments)), timeout));
    }

    private static Command command(List<String> arguments, Duration limit) {
        return Command.of(arguments.toArray(String[]::new)).within(limit);
    }

    /** The outcome of {@link #look}. */
    sealed interface Look {
        /**
         * The image could be read.
         *
         * @param facts what it says
         * @param inUse whether something else has it open for writing
         */
        record Seen(ImageFacts facts, boolean inUse) implements Look {}

        /**
         * The image could not be read.
         *
         * @param failure why
         */
        record Unseen(DriverException failure) implements Look {}
    }
}
