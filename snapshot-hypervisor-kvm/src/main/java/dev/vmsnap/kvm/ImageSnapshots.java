package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Works on snapshots inside the images of an active VM, by QEMU's own commands. The driver reads QEMU's list again if
 * QEMU reports success, and the file if QEMU reports failure: QEMU takes a snapshot off its list before it writes that
 * list.
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

    /**
     * Reads all images, and compares them with what lies on storage: a snapshot that QEMU has forgotten is there as long
     * as the file lists it.
     */
    List<ImageInfo> images(VmId vm) {
        List<OpenImage> open = OpenImages.read(qemu, vm).all();
        OpenFiles.Comparison now =
                files.compare(vm, open.stream().map(OpenImage::path).toList(), OpenFiles.BRIEF);
        return open.stream().map(image -> image(image, now)).toList();
    }

    private ImageInfo image(OpenImage open, OpenFiles.Comparison now) {
        ImageInfo image = open.node().image();
        Optional<String> detached = Optional.ofNullable(now.detached().get(open.path()));
        List<ImageInfo.Entry> snapshots = image.snapshots();
        long counted = now.snapshots().getOrDefault(open.path(), (long) snapshots.size());
        if (detached.isEmpty() && counted != snapshots.size()) {
            snapshots = listed(open);
        }
        return BlockNode.with(image, snapshots, detached);
    }

    /** Reads the file's list, which counts if QEMU's is another; a file that cannot be read proves no snapshot gone. */
    private List<ImageInfo.Entry> listed(OpenImage open) {
        try {
            return stored(open).snapshots();
        } catch (DriverException e) {
            throw Failures.of(
                    unproved(e),
                    "the file of disk " + open.disk().target()
                            + " lists other snapshots than QEMU, and cannot be read: " + e.getMessage(),
                    e);
        }
    }

    /** Returns the reason why nothing was proved: that the file is missing does not prove it, since QEMU has it open. */
    private static Reason unproved(DriverException e) {
        return e.reason() == Reason.MISSING ? Reason.BROKEN : e.reason();
    }

    /** Names what keeps images from being read, by target. */
    Map<String, String> hidden(VmId vm) {
        return OpenImages.read(qemu, vm).hidden();
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

    /** Deletes a snapshot from those images that QEMU has open, each one as far as it can be done. */
    void delete(VmId vm, List<Volume> volumes, String name) {
        qemu.requireDisks(vm);
        OpenImages found = OpenImages.read(qemu, vm);
        Failed failed = new Failed();
        for (Volume volume : volumes) {
            try {
                Optional<OpenImage> open = found.open(volume);
                if (open.isPresent()) {
                    delete(vm, open.get(), name);
                } else if (found.disk(volume).isPresent()) {
                    requireNone(found.disk(volume).get(), volume, name);
                }
            } catch (DriverException e) {
                failed.add(e);
            }
        }
        failed.orThrow();
        OpenImages later = OpenImages.read(qemu, vm);
        List<String> left = volumes.stream()
                .flatMap(volume -> later.open(volume).stream())
                .filter(open -> open.node().holds(name))
                .map(open -> open.disk().target())
                .toList();
        if (!left.isEmpty()) {
            throw Failures.broken("snapshot " + name + " is still in the image of " + String.join(", ", left));
        }
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

    private void delete(VmId vm, OpenImage open, String name) {
        if (!open.node().holds(name)) {
            requireGone(vm, open, name);
            return;
        }
        Qmp.Reply reply = qemu.monitor(vm, Qmp.deleteSnapshot(open.node().name(), name), LONG);
        if (reply.error().isPresent()) {
            requireGone(vm, open, name, reply);
        }
    }

    /** Makes sure that the file of a disk for which QEMU shows no image lists no such snapshot. */
    private void requireNone(Disk disk, Volume volume, String name) {
        boolean there;
        try {
            there = stored.read(volume.source(), disk.type() == SourceType.BLOCK)
                    .holds(name);
        } catch (DriverException e) {
            throw Failures.of(
                    unproved(e),
                    "QEMU shows no image for disk " + disk.target() + ", and that snapshot " + name
                            + " is gone cannot be confirmed: " + e.getMessage(),
                    e);
        }
        if (there) {
            throw Failures.of(
                    Reason.IN_USE,
                    "QEMU shows no image for disk " + disk.target() + ", whose file still holds snapshot " + name
                            + "; power the VM off, then recover deletes it");
        }
    }

    /** Makes sure that a file lists no snapshot that QEMU does not list either. */
    private void requireGone(VmId vm, OpenImage open, String name) {
        boolean there;
        try {
            there = holds(vm, open, name);
        } catch (DriverException e) {
            throw Failures.of(
                    unproved(e),
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
    private void requireGone(VmId vm, OpenImage open, String name, Qmp.Reply reply) {
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

    private boolean holds(VmId vm, OpenImage open, String name) {
        if (stored(open).holds(name)) {
            return true;
        }
        OpenFiles.Comparison now = files.compare(vm, List.of(open.path()), OpenFiles.PATIENT);
        if (now.attached().contains(open.path())) {
            return false;
        }
        String why = now.detached().get(open.path());
        throw why == null
                ? Failures.of(
                        Reason.UNREACHABLE,
                        "the node does not report whether QEMU has the file at " + open.path() + " open")
                : Failures.of(Reason.MISSING, why);
    }

    private StoredImages.Stored stored(OpenImage open) {
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
        OpenImages found = OpenImages.read(qemu, vm);
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

    /** Returns the snapshots that a disk's file holds by now, independent of QEMU's memory. */
    StoredImages.Stored stored(VmId vm, Volume volume) {
        return OpenImages.read(qemu, vm)
                .open(volume)
                .map(this::stored)
                .orElseThrow(() -> Failures.of(Reason.MISSING, "VM " + vm + " has no disk " + volume.source()));
    }

    /** All images that hold snapshots, by target. */
    Map<String, BlockNode> nodes(VmId vm) {
        return OpenImages.read(qemu, vm).nodes();
    }
}
