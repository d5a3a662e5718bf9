package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Snapshots inside the images of an active VM, by QEMU's own commands. What QEMU reports as done is read again. What it
 * reports as failed is read from the file: QEMU takes a snapshot off its own list before it writes that list.
 */
final class ImageSnapshots {
    // Two seconds for each TiB, ten times over, and a slow network mount.
    static final Duration LONG = Duration.ofMinutes(10);

    private final Monitor qemu;
    private final StoredImages stored;
    private final OpenFiles files;

    ImageSnapshots(Monitor qemu, StoredImages stored, OpenFiles files) {
        this.qemu = qemu;
        this.stored = stored;
        this.files = files;
    }

    List<ImageInfo> images(VmId vm) {
        return nodes(vm).values().stream().map(BlockNode::image).toList();
    }

    /** Takes a snapshot in all those images, and returns how long QEMU held its lock for it, at most. */
    Duration cut(VmId vm, List<Volume> volumes, String name) {
        qemu.requireDisks(vm);
        List<BlockNode> nodes = nodesOf(vm, volumes);
        Qmp.Command command =
                Qmp.snapshotInAll(nodes.stream().map(BlockNode::name).toList(), name);
        long begun = System.nanoTime();
        Qmp.Reply reply = qemu.monitor(vm, command, LONG);
        Duration held = Duration.ofNanos(System.nanoTime() - begun);
        reply.orThrow();
        requireAll(vm, volumes, name);
        return held;
    }

    /**
     * Deletes a snapshot from those images that QEMU has open, each one as far as it can be done.
     *
     * @return how long QEMU held its lock for it, at most
     */
    Duration delete(VmId vm, List<Volume> volumes, String name) {
        qemu.requireDisks(vm);
        Found found = found(vm);
        Duration held = Duration.ZERO;
        Failed failed = new Failed();
        for (Volume volume : volumes) {
            try {
                Optional<Open> open = found.open(volume);
                if (open.isPresent()) {
                    held = held.plus(delete(vm, open.get(), name));
                }
            } catch (DriverException e) {
                failed.add(e);
            }
        }
        failed.orThrow();
        Found later = found(vm);
        List<String> left = volumes.stream()
                .flatMap(volume -> later.open(volume).stream())
                .filter(open -> open.node().holds(name))
                .map(open -> open.disk().target())
                .toList();
        if (!left.isEmpty()) {
            throw Failures.broken("snapshot " + name + " is still in the image of " + String.join(", ", left));
        }
        return held;
    }

    /** The first failure of several, with the others. */
    private static final class Failed {
        private Optional<DriverException> first = Optional.empty();

        void add(DriverException failure) {
            first.ifPresent(earlier -> earlier.addSuppressed(failure));
            first = first.or(() -> Optional.of(failure));
        }

        void orThrow() {
            if (first.isPresent()) {
                throw first.get();
            }
        }
    }

    private Duration delete(VmId vm, Open open, String name) {
        if (!open.node().holds(name)) {
            requireGone(vm, open, name);
            return Duration.ZERO;
        }
        long begun = System.nanoTime();
        Qmp.Reply reply = qemu.monitor(vm, Qmp.deleteSnapshot(open.node().name(), name), LONG);
        Duration held = Duration.ofNanos(System.nanoTime() - begun);
        if (reply.error().isPresent()) {
            requireGone(vm, open, name, reply);
        }
        return held;
    }

    /** Makes sure that a file lists no snapshot that QEMU does not list either. */
    private void requireGone(VmId vm, Open open, String name) {
        boolean there;
        try {
            there = holds(vm, open, name);
        } catch (DriverException e) {
            throw Failures.of(
                    e.reason(),
                    "QEMU lists no snapshot " + name + " on disk " + open.disk().target()
                            + ", and that it is gone cannot be confirmed: " + e.getMessage(),
                    e);
        }
        if (there) {
            throw Failures.of(
                    Reason.IN_USE,
                    "snapshot " + name + " is in the file of disk "
                            + open.disk().target()
                            + ", but QEMU does not list it since it once failed to delete it. As long as the VM is active"
                            + " nothing can delete it; power the VM off, then recover does");
        }
    }

    /** The same after QEMU has failed to delete it. */
    private void requireGone(VmId vm, Open open, String name, Qmp.Reply reply) {
        try {
            if (!holds(vm, open, name)) {
                return;
            }
        } catch (DriverException unread) {
            DriverException failure = reply.failure(" on disk " + open.disk().target()
                    + ", and its image cannot be read to see whether snapshot " + name + " is gone");
            failure.addSuppressed(unread);
            throw failure;
        }
        throw reply.failure(" on disk " + open.disk().target() + ", whose file still holds snapshot " + name
                + ". If QEMU refuses it again, power the VM off, then recover deletes it");
    }

    private boolean holds(VmId vm, Open open, String name) {
        if (stored(open).holds(name)) {
            return true;
        }
        detached(vm, List.of(open)).values().stream().findFirst().ifPresent(why -> {
            throw Failures.of(Reason.MISSING, why);
        });
        return false;
    }

    private StoredImages.Stored stored(Open open) {
        return stored.read(open.path(), open.disk().type() == SourceType.BLOCK);
    }

    /** Makes sure that all images hold a snapshot. */
    void requireAll(VmId vm, List<Volume> volumes, String name) {
        List<String> without = nodesOf(vm, volumes).stream()
                .filter(node -> !node.holds(name))
                .map(node -> node.image().target())
                .toList();
        if (!without.isEmpty()) {
            throw Failures.of(
                    Reason.MISSING, "snapshot " + name + " is not in the image of " + String.join(", ", without));
        }
    }

    /** The images of these volumes, in their order; one that is not there is a failure. */
    List<BlockNode> nodesOf(VmId vm, List<Volume> volumes) {
        Found found = found(vm);
        List<BlockNode> nodes = new ArrayList<>();
        for (Volume volume : volumes) {
            Optional<String> source =
                    Optional.ofNullable(found.disks().get(volume.target())).flatMap(Disk::source);
            if (!source.equals(Optional.of(volume.source()))) {
                throw Failures.of(
                        Reason.MISSING,
                        "disk " + volume.target() + " of VM " + vm + " is " + source.orElse("not there") + ", not "
                                + volume.source());
            }
            nodes.add(found.node(volume.target())
                    .orElseThrow(() -> Failures.of(
                            Reason.MISSING, "QEMU has no image that holds snapshots for disk " + volume.target())));
        }
        return nodes;
    }

    /** What a disk's file holds by now, whatever QEMU has in its memory. */
    StoredImages.Stored stored(VmId vm, Volume volume) {
        return found(vm)
                .open(volume)
                .map(this::stored)
                .orElseThrow(() -> Failures.of(Reason.MISSING, "VM " + vm + " has no disk " + volume.source()));
    }

    /** Why the file at a path is not the one that QEMU has open, for each such path. */
    private Map<String, String> detached(VmId vm, List<Open> images) {
        return files.detached(vm, images.stream().map(Open::path).toList());
    }

    /** All images that hold snapshots, by target. */
    Map<String, BlockNode> nodes(VmId vm) {
        return found(vm).nodes();
    }

    /** An image that QEMU has open for a disk. */
    private record Open(Disk disk, BlockNode node) {
        String path() {
            return disk.source().orElse(node.file());
        }
    }

    /**
     * What a VM has.
     *
     * @param disks by target
     * @param nodes the images that can hold snapshots, by target
     * @param unclear the driver that hides the image of a disk, by target
     */
    private record Found(Map<String, Disk> disks, Map<String, BlockNode> nodes, Map<String, String> unclear) {
        Optional<BlockNode> node(String target) {
            String driver = unclear.get(target);
            if (driver != null) {
                throw Failures.of(
                        Reason.IN_USE,
                        "QEMU has a node of driver " + driver + " in front of disk " + target
                                + ", and nothing tells which image lies below it");
            }
            return Optional.ofNullable(nodes.get(target));
        }

        /** The image of a volume by its file, under whichever name the guest sees it now. */
        Optional<Open> open(Volume volume) {
            return disks.values().stream()
                    .filter(disk -> disk.source().equals(Optional.of(volume.source())))
                    .findFirst()
                    .flatMap(disk -> node(disk.target()).map(node -> new Open(disk, node)));
        }
    }

    private Found found(VmId vm) {
        DomainXml live = DomainXml.parse(qemu.liveXml(vm));
        JsonElement devices = qemu.query(vm, "query-block", Link.SHORT).orThrow();
        Map<String, Disk> disks = live.disks().stream()
                .collect(Collectors.toMap(Disk::target, Function.identity(), (a, b) -> a, LinkedHashMap::new));
        Map<String, JsonObject> inserted = BlockNode.inserted(live.aliases(), devices);
        BlockGraph graph = inserted.entrySet().stream()
                        .allMatch(entry -> isPlain(Optional.ofNullable(disks.get(entry.getKey())), entry.getValue()))
                ? BlockGraph.NONE
                : graph(vm);
        Map<String, BlockNode> nodes = new LinkedHashMap<>();
        Map<String, String> unclear = new LinkedHashMap<>();
        inserted.forEach((target, node) -> {
            BlockGraph.Below below = graph.below(node);
            if (below instanceof BlockGraph.Below.Image image) {
                nodes.put(target, BlockNode.of(target, node, image.node()));
            } else if (below instanceof BlockGraph.Below.Unclear hidden) {
                unclear.put(target, hidden.driver());
            }
        });
        return new Found(disks, nodes, unclear);
    }

    /** Whether the disk's first node is its image, or cannot have one that holds snapshots. */
    private static boolean isPlain(Optional<Disk> disk, JsonObject inserted) {
        return BlockGraph.holdsSnapshots(inserted) || disk.flatMap(Disk::format).equals(Optional.of("raw"));
    }

    private BlockGraph graph(VmId vm) {
        JsonElement nodes =
                qemu.query(vm, "query-named-block-nodes", Link.SHORT).orThrow();
        Qmp.Reply graph = qemu.query(vm, "x-debug-query-block-graph", Link.SHORT);
        return BlockGraph.of(nodes, graph.error().isEmpty() ? Optional.of(graph.result()) : Optional.empty());
    }
}
