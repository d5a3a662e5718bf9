package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frees what RAM has left behind the end of a disk, after a failed save or a restore: an image that grows over it and
 * shrinks again gives it back. The disk has its exact size again afterwards, whatever happens.
 */
final class Reclaim {
    private static final long DEVICES_BYTES = 64L << 20;
    private static final int TRIES = 3;
    // handle_aiocb_flush in QEMU's block/file-posix.c fails for ever after one failure, except with O_DIRECT.
    private static final String POISONED = "; if the disk's cache mode is not 'none' or 'directsync', QEMU refuses that"
            + " until the VM was powered off, after which recover does it";

    private static final Logger LOG = LoggerFactory.getLogger(Reclaim.class);
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private final Guests guests;
    private final GuardedHold hold;
    private final ImageSnapshots images;

    Reclaim(Guests guests, GuardedHold hold, ImageSnapshots images) {
        this.guests = guests;
        this.hold = hold;
        this.images = images;
    }

    void reclaim(VmId vm, List<Volume> volumes) {
        PowerState before = guests.power(vm);
        if (before == PowerState.OFF) {
            throw Failures.off(vm);
        }
        guests.requireDisks(vm);
        List<Disk> disks = disks(vm, volumes);
        long ram = guests.<Long>ask(
                vm, "read", domain -> DomainXml.parse(domain.xml(0)).memoryBytes());
        if (before != PowerState.RUNNING) {
            disks.forEach(disk -> reclaim(vm, disk, ram));
            return;
        }
        guard(vm, disks);
        try {
            hold.hold(vm);
            disks.forEach(disk -> reclaim(vm, disk, ram));
        } catch (RuntimeException e) {
            try {
                hold.release(vm);
            } catch (RuntimeException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        hold.release(vm);
    }

    /** Has the node give the disks their sizes and release the guest should this process die. Deleting needs no guard. */
    private void guard(VmId vm, List<Disk> disks) {
        try {
            hold.guard(
                    vm,
                    LIMIT,
                    disks.stream()
                            .flatMap(disk -> Stream.of(disk.ramOffset(), disk.bytes())
                                    .map(bytes -> Qmp.resize(disk.node().name(), bytes)))
                            .toList());
        } catch (DriverException e) {
            LOG.warn("VM {}: the node does not guard the guest while its disks are reclaimed", vm, e);
        }
    }

    /** An image and the size that it must have: the stated one, since an attempt that died may have left it larger. */
    private record Disk(Volume volume, BlockNode node, long bytes) {
        long ramOffset() {
            return node.ramOffset(bytes);
        }
    }

    private List<Disk> disks(VmId vm, List<Volume> volumes) {
        List<BlockNode> nodes = images.nodesOf(vm, volumes);
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> new Disk(
                        volumes.get(i),
                        nodes.get(i),
                        volumes.get(i)
                                .virtualBytes()
                                .orElse(nodes.get(i).image().virtualBytes())))
                .toList();
    }

    private void reclaim(VmId vm, Disk disk, long ram) {
        try {
            grow(vm, disk, ram);
        } catch (RuntimeException e) {
            try {
                shrink(vm, disk);
            } catch (RuntimeException second) {
                second.addSuppressed(e);
                throw second;
            }
            throw e;
        }
        shrink(vm, disk);
    }

    /** Grows over all that RAM may have left. */
    private void grow(VmId vm, Disk disk, long ram) {
        long end = Math.addExact(disk.ramOffset(), ram + ram / 64 + DEVICES_BYTES);
        end = (end + 511) / 512 * 512;
        Qmp.Reply whole = resize(vm, disk.node(), end);
        if (whole.error().isEmpty()) {
            return;
        }
        if (whole.error().filter(Reclaim::noRoom).isEmpty()) {
            whole.orThrow();
        }
        // On a full storage the first-level table cannot grow, and behind its last entry nothing was left: as far as it
        // reaches is far enough.
        long reached = disk.ramOffset();
        while (reached < end
                && resize(vm, disk.node(), reached + disk.node().tableCoverage())
                        .error()
                        .isEmpty()) {
            reached += disk.node().tableCoverage();
        }
    }

    private static boolean noRoom(String error) {
        return error.contains("L1 table") || error.contains("No space left") || error.contains("quota exceeded");
    }

    /** Shrinks in two stages: in one, a full storage makes it fail half way. */
    private void shrink(VmId vm, Disk disk) {
        BlockNode node = disk.node();
        long size = disk.bytes();
        String refused = "";
        for (int i = 0; i < TRIES; i++) {
            if (size(vm, node) > disk.ramOffset()) {
                refused = resize(vm, disk.node(), disk.ramOffset()).error().orElse(refused);
            }
            Optional<String> last = resize(vm, disk.node(), size).error();
            refused = last.orElse(refused);
            if (size(vm, node) == size && (last.isEmpty() || isStored(vm, disk))) {
                return;
            }
        }
        throw Failures.of(
                Reason.BROKEN,
                "disk " + node.image().target() + " of VM " + vm + " has grown to " + size(vm, node)
                        + " bytes and must be shrunk to " + size + " bytes: " + refused
                        + (noRoom(refused) ? POISONED : ""));
    }

    /** Whether the file has the size that it must have, after QEMU has reported an error. */
    private boolean isStored(VmId vm, Disk disk) {
        try {
            return images.stored(vm, disk.volume()).virtualBytes() == disk.bytes();
        } catch (DriverException unread) {
            return false;
        }
    }

    private Qmp.Reply resize(VmId vm, BlockNode node, long bytes) {
        return guests.monitor(vm, Qmp.resize(node.name(), bytes), ImageSnapshots.LONG);
    }

    private long size(VmId vm, BlockNode node) {
        return images.nodes(vm).values().stream()
                .filter(other -> other.name().equals(node.name()))
                .map(other -> other.image().virtualBytes())
                .findFirst()
                .orElseThrow(() -> gone(vm, node));
    }

    private static DriverException gone(VmId vm, BlockNode node) {
        return Failures.of(Reason.MISSING, "disk " + node.image().target() + " of VM " + vm + " is gone");
    }
}
