package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.core.internal.rules.Relocated;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.HypervisorDriver.MachineState;
import dev.vmsnap.spi.HypervisorDriver.Relocation;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What hands a VM that is off from its node to another one. */
final class MigrateEffects {

    private MigrateEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.RELEASE_VOLUMES,
                new Release(),
                StepKind.ADOPT_VOLUMES,
                new Adopt(),
                StepKind.VERIFY_THERE,
                (work, nothing) -> verify(work),
                StepKind.DEFINE_THERE,
                new Define(),
                StepKind.FORGET_HERE,
                (work, nothing) -> work.hypervisor().forget(work.vm()),
                StepKind.COMMIT_MIGRATION,
                (work, nothing) -> commit(work),
                StepKind.UNPUBLISH_HERE,
                MigrateEffects::unpublish);
    }

    /** What the journal must know of where disks are on the other node. */
    static Map<String, String> facts(Situation situation, Intent.Migrate intent) {
        Map<String, String> facts = new HashMap<>(Map.of(Facts.TARGET, intent.node()));
        Relocated relocated = new Relocated(situation.claims(), intent.sources());
        situation.states().all().map(VolumeState::volume).forEach(volume -> {
            Volume there = relocated.of(volume);
            if (!there.key().equals(volume.key())) {
                facts.put(Facts.GOES_TO + volume.target(), there.source());
                facts.put(Facts.WAS_AT + volume.target(), volume.source());
            }
        });
        return facts;
    }

    private static final class Release implements Effect {
        @Override
        public void run(Work work, String storage) {
            requireOff(work.hypervisor().find(work.vm()), work.entry().node());
            portable(work, storage).release(of(work, storage), work.call());
        }

        @Override
        public void undo(Work work, String storage) {
            portable(work, storage).adopt(of(work, storage), work.call());
        }
    }

    private static final class Adopt implements Effect {
        @Override
        public void run(Work work, String storage) {
            portable(work, storage).adopt(moved(work, of(work, storage)), work.call(there(work)));
        }

        @Override
        public void undo(Work work, String storage) {
            portable(work, storage).release(moved(work, of(work, storage)), work.call(there(work)));
        }
    }

    private static final class Define implements Effect {
        @Override
        public void run(Work work, String nothing) {
            boolean had = there(work).find(work.vm()).isPresent();
            work.remember(Facts.TARGET_HAD_IT, Boolean.toString(had));
            there(work).define(work.vm(), moved(work, work.hypervisor().configuration(work.vm())));
            if (work.hypervisor() instanceof MachineState here && there(work) instanceof MachineState there) {
                there.write(work.vm(), here.read(work.vm()));
            }
        }

        @Override
        public void undo(Work work, String nothing) {
            boolean ours =
                    work.remembered(Facts.TARGET_HAD_IT).filter("false"::equals).isPresent();
            if (ours) {
                there(work).forget(work.vm());
            }
        }
    }

    /** Success is not believed: what the other node has now is looked at once more. */
    private static void verify(Work work) {
        VolumeStates states = new VolumeSurvey(work.wiring()).inspect(moved(work, all(work)), work.call(there(work)));
        for (Snapshot snapshot : work.tree().snapshots()) {
            for (Volume volume : snapshot.volumes()) {
                boolean there = states.part(moved(work, volume), snapshot).isPresent();
                if (snapshot.status() == Snapshot.Status.AVAILABLE && !there) {
                    throw new DriverException(
                            volume.storage(),
                            DriverException.Reason.MISSING,
                            "Disk " + volume.target() + " holds no snapshot " + snapshot.id() + " on node "
                                    + target(work) + ".");
                }
            }
        }
    }

    private static void commit(Work work) {
        SnapshotStore store = work.wiring().store();
        if (!sources(work).isEmpty()) {
            store.configurations(work.vm())
                    .forEach((id, configuration) ->
                            store.saveConfiguration(id, moved(work, configuration), work.lease()));
        }
        work.movedTo(
                target(work),
                tree -> tree.replaceAll(tree.snapshots().stream()
                        .map(snapshot -> snapshot.withVolumes(moved(work, snapshot.volumes())))
                        .toList()));
    }

    /** Of disks that were copied the old node keeps no records that somebody could take for the newest. */
    private static void unpublish(Work work, String storage) {
        List<Volume> before = work.tree().snapshots().stream()
                .flatMap(snapshot -> snapshot.volumes().stream())
                .filter(volume -> volume.storage().equals(storage))
                .map(volume -> movedBack(work, volume))
                .distinct()
                .toList();
        work.storage(storage)
                .publish(
                        before,
                        Publication.of(work.wiring(), work.record().withTree(SnapshotTree.empty(work.vm()))),
                        Inquiry.all(work.tree()),
                        work.call());
    }

    private static Volume movedBack(Work work, Volume volume) {
        Map<String, String> facts = work.entry().facts();
        return volume.source().equals(facts.get(Facts.GOES_TO + volume.target()))
                ? volume.withSource(facts.getOrDefault(Facts.WAS_AT + volume.target(), volume.source()))
                : volume;
    }

    private static Map<String, String> sources(Work work) {
        Map<String, String> sources = new HashMap<>();
        work.entry().facts().forEach((key, place) -> {
            if (key.startsWith(Facts.GOES_TO)) {
                sources.put(key.substring(Facts.GOES_TO.length()), place);
            }
        });
        return sources;
    }

    private static List<Volume> moved(Work work, List<Volume> volumes) {
        return volumes.stream().map(volume -> moved(work, volume)).toList();
    }

    /** A target can have named another disk when a snapshot was taken: that one stays where it is. */
    private static Volume moved(Work work, Volume volume) {
        Map<String, String> facts = work.entry().facts();
        String place = facts.get(Facts.GOES_TO + volume.target());
        return place == null || !volume.source().equals(facts.get(Facts.WAS_AT + volume.target()))
                ? volume
                : volume.withSource(place);
    }

    private static VmConfiguration moved(Work work, VmConfiguration configuration) {
        Map<String, String> sources = sources(work);
        return there(work) instanceof Relocation relocation && !sources.isEmpty()
                ? relocation.relocated(configuration, sources)
                : configuration;
    }

    private static void requireOff(Optional<VmDescription> vm, String node) {
        if (vm.filter(seen -> seen.power() != PowerState.OFF).isPresent()) {
            throw new DriverException(
                    "core", DriverException.Reason.IN_USE, "The VM was started on node " + node + " meanwhile.");
        }
    }

    /** The node that the VM is taken to. */
    static HypervisorDriver there(Work work) {
        return work.tenure().node(target(work));
    }

    private static String target(Work work) {
        return work.entry().facts().getOrDefault(Facts.TARGET, "");
    }

    private static List<Volume> of(Work work, String storage) {
        return all(work).stream().filter(v -> v.storage().equals(storage)).toList();
    }

    private static List<Volume> all(Work work) {
        return new VolumeSurvey(work.wiring()).volumes(work.record(), work.description(), work.call());
    }

    private static StorageDriver.Portable portable(Work work, String storage) {
        if (work.storage(storage) instanceof StorageDriver.Portable portable) {
            return portable;
        }
        throw new DriverException(
                storage,
                DriverException.Reason.BROKEN,
                "Storage driver " + storage + " cannot hand volumes to another node.");
    }
}
