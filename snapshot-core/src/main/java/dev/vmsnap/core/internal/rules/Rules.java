package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** May this happen? Pure: the same situation always has the same answer, with every refusal there is. */
public final class Rules {
    private Rules() {}

    /** Whether an actor may cancel an operation that somebody has asked for. */
    public static Verdict cancel(Actor actor, Optional<Actor> asker) {
        return PermissionRule.cancel(actor, asker);
    }

    /**
     * Judges an intent.
     *
     * @param situation every fact that it depends on
     * @param intent what is asked
     * @param actor who asks
     * @return the verdict with every refusal that was found
     */
    public static Verdict judge(Situation situation, Intent intent, Actor actor) {
        if (intent instanceof Intent.Create create) {
            return Findings.all(PermissionRule.snapshots(situation, actor), create(situation, create.spec()));
        }
        if (intent instanceof Intent.Restore restore) {
            return Findings.all(PermissionRule.restore(situation, actor), restore(situation, restore));
        }
        if (intent instanceof Intent.Edit edit) {
            return Findings.all(
                    PermissionRule.snapshots(situation, actor),
                    SnapshotRule.exists(situation, edit.snapshot()),
                    TextRule.edit(edit.labels()));
        }
        if (intent instanceof Intent.Delete delete) {
            return Findings.all(
                    PermissionRule.snapshots(situation, actor),
                    delete(situation, doomed(situation.record().tree(), delete), delete.unreachable(), Verb.DELETE));
        }
        if (intent instanceof Intent.DeleteAll delete) {
            return Findings.all(
                    PermissionRule.snapshots(situation, actor),
                    delete(
                            situation,
                            situation.record().tree().snapshots(),
                            delete.unreachable(),
                            Verb.DELETE,
                            Verb.DELETE_ALL));
        }
        if (intent instanceof Intent.Migrate migrate) {
            return migrate(situation, migrate);
        }
        if (intent instanceof Intent.Clone clone && !clone.destinations().isEmpty()) {
            return Findings.all(
                    PermissionRule.snapshots(situation, actor),
                    HostRule.cloned(situation, clone),
                    CloneRule.copies(situation, clone));
        }
        if (intent instanceof Intent.Configure) {
            return PermissionRule.administrator(actor);
        }
        return host(situation, intent);
    }

    /**
     * Returns the snapshots that a delete takes away.
     *
     * @param tree the VM's tree
     * @param delete what is asked
     * @return each once, in no order to rely on; ids that are not in the tree are passed over
     */
    public static List<Snapshot> doomed(SnapshotTree tree, Intent.Delete delete) {
        return delete.snapshots().stream()
                .sorted()
                .flatMap(id -> delete.withChildren() ? tree.subtree(id).stream() : tree.find(id).stream())
                .distinct()
                .toList();
    }

    private static Verdict host(Situation situation, Intent intent) {
        if (intent instanceof Intent.Reconfigure reconfigure) {
            return HostRule.reconfigure(situation, reconfigure);
        }
        if (intent instanceof Intent.MigrateCold cold) {
            return HostRule.migrateCold(situation, cold);
        }
        if (intent instanceof Intent.MigrateLive live) {
            return HostRule.migrateLive(situation, live);
        }
        if (intent instanceof Intent.Clone clone) {
            return HostRule.cloned(situation, clone);
        }
        if (intent instanceof Intent.DeleteVm) {
            return Findings.all(PresenceRule.answered(situation), HostRule.deleteVm(situation));
        }
        throw new IllegalStateException("no rule for " + intent.getClass().getSimpleName());
    }

    /**
     * Judges whether a snapshot could be restored on another node than the VM's.
     *
     * @param situation every fact that it depends on
     * @param snapshot which snapshot
     * @param node the other node's name
     * @return the verdict with every refusal that was found
     */
    public static Verdict restorable(Situation situation, SnapshotId snapshot, String node) {
        return Findings.all(
                PresenceRule.target(situation, node),
                SnapshotRule.exists(situation, snapshot),
                situation
                        .record()
                        .tree()
                        .find(snapshot)
                        .map(found -> Findings.all(
                                SnapshotRule.available(found), MoveRule.restorable(situation, found, node)))
                        .orElse(Findings.NONE));
    }

    private static Verdict migrate(Situation situation, Intent.Migrate intent) {
        return Findings.all(
                PresenceRule.target(situation, intent.node()),
                PresenceRule.needed(situation),
                situation.chosen().isPresent() ? MoveRule.handedOver(situation, intent) : Findings.NONE);
    }

    private static Verdict create(Situation situation, SnapshotSpec spec) {
        return Findings.all(
                TextRule.create(spec.labels()),
                LimitRule.oneMore(situation),
                RamRule.create(situation, spec.ram()),
                QuiesceRule.create(situation, spec),
                PresenceRule.needed(situation),
                situation
                        .chosen()
                        .map(seen -> createOn(situation, seen.vm(), spec))
                        .orElse(Findings.NONE));
    }

    private static Verdict createOn(Situation situation, VmDescription vm, SnapshotSpec spec) {
        Participation disks = Participation.of(situation.claims(), spec.ram(), spec.excluded());
        return Findings.all(
                PowerRule.create(situation, vm),
                MachineStateRule.create(situation, vm),
                RamRule.create(situation, vm, disks.volumes(), spec.ram()),
                QuiesceRule.create(situation, vm, spec),
                new Verdict(Whereabouts.explained(situation, disks.refusals()), disks.leftOut()),
                ChainDifference.noOverlay(situation, disks.volumes()),
                CutRule.create(situation, vm, disks.volumes(), spec.ram()),
                Whereabouts.undisplaced(situation.record().tree(), disks.volumes()),
                SurroundingsRule.noticed(situation, disks.volumes()),
                UnknownSnapshots.noticed(situation, disks.volumes()),
                spec.ram() ? SurroundingsRule.startable(situation, vm) : Findings.NONE,
                VolumeRule.inspected(situation, disks.volumes(), Verb.CREATE),
                QuotaRule.oneMore(situation, vm, disks.volumes(), spec.ram()),
                SpaceRule.create(situation, vm, disks.volumes(), spec.ram()));
    }

    private static Verdict restore(Situation situation, Intent.Restore intent) {
        return Findings.all(
                SnapshotRule.exists(situation, intent.snapshot()),
                situation
                        .record()
                        .tree()
                        .find(intent.snapshot())
                        .map(SnapshotRule::available)
                        .orElse(Findings.NONE),
                PresenceRule.needed(situation),
                situation
                        .chosen()
                        .map(seen -> restoreOn(situation, seen.vm(), intent))
                        .orElse(Findings.NONE));
    }

    private static Verdict restoreOn(Situation situation, VmDescription vm, Intent.Restore intent) {
        return Findings.all(
                PowerRule.restore(situation, vm),
                situation
                        .record()
                        .tree()
                        .find(intent.snapshot())
                        .filter(snapshot -> snapshot.status() == Snapshot.Status.AVAILABLE)
                        .map(snapshot -> restoreFrom(situation, vm, snapshot, intent.options()))
                        .orElse(Findings.NONE));
    }

    private static Verdict restoreFrom(
            Situation situation, VmDescription vm, Snapshot snapshot, Intent.RestoreOptions options) {
        Intent.Drift drift = options.drift();
        boolean ram = GuestRule.loadsRam(snapshot, options);
        Snapshot wanted = wanted(situation, snapshot, drift);
        boolean oldDevices = drift == Intent.Drift.RESTORE_CONFIGURATION
                && !DriftRule.differences(situation, snapshot).isEmpty();
        return Findings.all(
                SnapshotRule.located(situation, snapshot),
                SnapshotRule.whole(situation, wanted),
                SnapshotRule.sameChain(situation, wanted),
                SnapshotRule.unshared(situation, wanted),
                SurroundingsRule.startable(situation, vm),
                SnapshotRule.restorable(situation, wanted),
                DriftRule.restore(situation, snapshot, drift),
                DriftRule.covered(situation, snapshot, drift),
                CutRule.restore(situation, wanted.volumes(), ram),
                ram && !oldDevices ? RamRule.obstacles(situation, vm) : Findings.NONE,
                GuestRule.restore(situation, vm, snapshot, options),
                BitmapRule.restore(situation, SnapshotRule.unchanged(situation, wanted), options));
    }

    /**
     * What of a snapshot is to be brought back.
     *
     * @param situation every fact that it depends on
     * @param snapshot the snapshot
     * @param drift what the caller has said of changes since
     * @return the snapshot; where the present configuration is kept, without disks that the VM has no more
     */
    public static Snapshot wanted(Situation situation, Snapshot snapshot, Intent.Drift drift) {
        List<Volume> removed = DriftRule.removed(situation, snapshot);
        return drift != Intent.Drift.KEEP_CONFIGURATION
                        || snapshot.ram()
                        || removed.size() == snapshot.volumes().size()
                ? snapshot
                : snapshot.withVolumes(snapshot.volumes().stream()
                        .filter(volume -> !removed.contains(volume))
                        .toList());
    }

    private static Verdict delete(
            Situation situation, List<Snapshot> doomed, Intent.Unreachable unreachable, Verb... verbs) {
        if (doomed.isEmpty()) {
            return Findings.NONE;
        }
        Collection<Volume> volumes = volumes(doomed);
        return Findings.all(
                PresenceRule.known(situation),
                situation
                        .chosen()
                        .map(seen -> Findings.all(
                                PowerRule.delete(situation, seen.vm()),
                                VolumeRule.driven(situation, volumes),
                                CutRule.delete(situation, seen.vm(), volumes),
                                DeletionRule.reachable(situation, seen.vm(), doomed, unreachable, verbs)))
                        .orElse(Findings.NONE));
    }

    private static Collection<Volume> volumes(List<Snapshot> snapshots) {
        return Volumes.distinct(snapshots.stream().flatMap(snapshot -> snapshot.volumes().stream()));
    }
}
