package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord.Leftover;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Deletes the parts of one snapshot that can be reached now, and lists the others: their storage is away, or another
 * operation works on the VM that has the disk now.
 */
final class ReachableParts {
    private static final Set<Reason> AWAY = EnumSet.of(Reason.UNREACHABLE, Reason.TIMEOUT, Reason.DENIED);
    private static final Set<Reason> NEVER_LEFT = EnumSet.of(Reason.TOOL_MISSING, Reason.LEASE_LOST, Reason.CONFLICT);

    private final Work work;
    private final Snapshot snapshot;
    private final List<Leftover> left = new ArrayList<>();
    private final List<DriverException> unreachable = new ArrayList<>();

    private ReachableParts(Work work, Snapshot snapshot) {
        this.work = work;
        this.snapshot = snapshot;
    }

    /**
     * Deletes what can be reached.
     *
     * @return the parts that are left
     * @throws DriverException if a part of the VM's own disk has to be mended first, or nothing was reached and the caller did
     *     not allow that
     */
    static List<Leftover> delete(Work work, Snapshot snapshot) {
        return new ReachableParts(work, snapshot).delete();
    }

    private List<Leftover> delete() {
        List<Volume> open = Parts.open(work, snapshot.volumes());
        deleteOpen(open);
        List<Volume> rest = new ArrayList<>();
        for (Volume volume : Parts.closed(snapshot.volumes(), open)) {
            List<VmDescription> holders = ForeignDisks.holders(work.hypervisor(), work.description(), volume);
            if (holders.isEmpty()) {
                rest.add(volume);
            } else {
                deleteForeign(volume, holders);
            }
        }
        Survey.byStorage(rest).forEach(this::deleteClosed);
        boolean nothing = !unreachable.isEmpty()
                && unreachable.size() == snapshot.volumes().size();
        if (nothing && !mayLeaveAll()) {
            throw unreachable.get(0);
        }
        return left;
    }

    /** Leaves a part that the hypervisor can delete only while the VM is off, so that it delays no other verb. */
    private void deleteOpen(List<Volume> open) {
        if (open.isEmpty()) {
            return;
        }
        try {
            work.role(InImageSnapshots.class).delete(work.vm(), open, snapshot.id(), work.call());
        } catch (DriverException e) {
            if (e.reason() != Reason.IN_USE) {
                throw e;
            }
            open.forEach(volume -> leave(volume, String.valueOf(e.getMessage())));
        }
    }

    private void deleteForeign(Volume volume, List<VmDescription> holders) {
        ForeignDisks foreign = new ForeignDisks(work.wiring(), work.leases());
        try {
            Optional<String> busy =
                    foreign.delete(snapshot.id(), volume, holders, work.entry().node(), work.lease());
            busy.ifPresent(why -> leave(volume, new DriverException(volume.source(), Reason.IN_USE, why)));
        } catch (DriverException e) {
            leave(volume, e);
        }
    }

    private void deleteClosed(String storage, List<Volume> volumes) {
        try {
            Parts.delete(work, snapshot, storage, volumes);
        } catch (DriverException all) {
            if (volumes.size() == 1) {
                leave(volumes.get(0), all);
            } else {
                volumes.forEach(volume -> deleteClosed(storage, List.of(volume)));
            }
        }
    }

    /** Leaves a part that cannot be reached; the VM's own parts, unless they are away, have to be mended first. */
    private void leave(Volume volume, DriverException why) {
        boolean mayBeLeft = isOwn(volume) ? AWAY.contains(why.reason()) : !NEVER_LEFT.contains(why.reason());
        if (!mayBeLeft) {
            throw why;
        }
        leave(volume, String.valueOf(why.getMessage()));
        unreachable.add(why);
    }

    private void leave(Volume volume, String why) {
        left.add(new Leftover(snapshot.id(), volume.ofAnySize(), why));
    }

    private boolean isOwn(Volume volume) {
        return work.description().has(volume);
    }

    private boolean mayLeaveAll() {
        return Intent.Unreachable.LEAVE.name().equals(work.entry().facts().get(Facts.UNREACHABLE));
    }
}
