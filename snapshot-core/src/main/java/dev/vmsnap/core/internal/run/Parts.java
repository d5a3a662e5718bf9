package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord.Leftover;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Who works on the parts of a snapshot: the hypervisor on images it has open, the storages on everything else. */
final class Parts {

    private static final Set<Reason> AWAY = EnumSet.of(Reason.UNREACHABLE, Reason.TIMEOUT, Reason.DENIED);
    private static final Set<Reason> NEVER_LEFT = EnumSet.of(Reason.TOOL_MISSING, Reason.LEASE_LOST, Reason.CONFLICT);

    private Parts() {}

    /** The volumes whose images the hypervisor has open now, under the targets that they have now. */
    static List<Volume> open(Work work, List<Volume> volumes) {
        VmDescription vm = work.description();
        if (!vm.power().isActive()) {
            return List.of();
        }
        return volumes.stream()
                .filter(v -> work.storage(v.storage()).traits().contains(Trait.IN_IMAGE) && attached(vm, v))
                .map(v -> Volumes.in(v, vm))
                .toList();
    }

    static void delete(Work work, Snapshot snapshot) {
        List<Volume> open = open(work, snapshot.volumes());
        if (!open.isEmpty()) {
            work.role(InImageSnapshots.class).delete(work.vm(), open, snapshot.id(), work.call());
        }
        List<Volume> closed = closed(snapshot, open);
        Survey.byStorage(closed).forEach((storage, volumes) -> delete(work, snapshot, storage, volumes));
    }

    /**
     * Deletes the parts that can be reached and returns those that could not: their storage is away, or somebody else has a
     * disk that the VM has no more.
     */
    static List<Leftover> deleteReachable(Work work, Snapshot snapshot) {
        List<Volume> open = open(work, snapshot.volumes());
        List<Leftover> left = new ArrayList<>(deleteOpen(work, snapshot, open));
        List<Volume> closed = closed(snapshot, open);
        List<DriverException> why = new ArrayList<>();
        Survey.byStorage(closed)
                .forEach((storage, volumes) -> deleteReachable(work, snapshot, storage, volumes, left, why));
        boolean nothing = why.size() == snapshot.volumes().size() && !why.isEmpty();
        if (nothing && !mayLeaveAll(work)) {
            throw why.get(0);
        }
        return left;
    }

    /** Leaves behind a part that the hypervisor can delete only while the VM is off, so that it delays no other verb. */
    private static List<Leftover> deleteOpen(Work work, Snapshot snapshot, List<Volume> open) {
        if (open.isEmpty()) {
            return List.of();
        }
        try {
            work.role(InImageSnapshots.class).delete(work.vm(), open, snapshot.id(), work.call());
            return List.of();
        } catch (DriverException e) {
            if (e.reason() != Reason.IN_USE) {
                throw e;
            }
            return open.stream()
                    .map(volume -> new Leftover(snapshot.id(), volume.ofAnySize(), String.valueOf(e.getMessage())))
                    .toList();
        }
    }

    private static void deleteReachable(
            Work work,
            Snapshot snapshot,
            String storage,
            List<Volume> volumes,
            List<Leftover> left,
            List<DriverException> why) {
        try {
            delete(work, snapshot, storage, volumes);
        } catch (DriverException all) {
            for (Volume volume : volumes) {
                try {
                    delete(work, snapshot, storage, List.of(volume));
                } catch (DriverException one) {
                    if (!mayBeLeft(work, volume, one)) {
                        throw one;
                    }
                    left.add(new Leftover(snapshot.id(), volume.ofAnySize(), String.valueOf(one.getMessage())));
                    why.add(one);
                }
            }
        }
    }

    private static void delete(Work work, Snapshot snapshot, String storage, List<Volume> volumes) {
        work.storage(storage).delete(volumes, snapshot.id(), work.call());
        if (work.afterCrash() && !work.description().power().isActive()) {
            work.storage(storage).reclaim(Reclamation.ofAnySize(volumes), work.call());
        }
    }

    /** Requires the VM's own parts to be mended first, unless it is away. A tool that the node lacks must be installed. */
    private static boolean mayBeLeft(Work work, Volume volume, DriverException why) {
        return attached(work.description(), volume) ? AWAY.contains(why.reason()) : !NEVER_LEFT.contains(why.reason());
    }

    private static boolean mayLeaveAll(Work work) {
        return Intent.Unreachable.LEAVE.name().equals(work.entry().facts().get(Facts.UNREACHABLE));
    }

    private static List<Volume> closed(Snapshot snapshot, List<Volume> open) {
        return closed(snapshot.volumes(), open);
    }

    /** The volumes that are not among those that the hypervisor has open. */
    static List<Volume> closed(List<Volume> volumes, List<Volume> open) {
        return volumes.stream()
                .filter(volume -> open.stream().noneMatch(other -> other.key().equals(volume.key())))
                .toList();
    }

    private static boolean attached(VmDescription vm, Volume volume) {
        return vm.disks().stream()
                .anyMatch(disk -> disk.source().filter(volume.source()::equals).isPresent());
    }
}
