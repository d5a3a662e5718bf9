package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.spi.HypervisorDriver.InImageRam;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What makes a snapshot: its record and its parts. */
final class CreateEffects {
    private CreateEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.RECORD, new RecordSnapshot(),
                StepKind.PREPARE, new Prepare(),
                StepKind.CUT_IN_IMAGES, new CutInImages(),
                StepKind.SAVE_RAM_IN_IMAGES, new SaveRamInImages(),
                StepKind.CUT, new Cut(),
                StepKind.VERIFY_PARTS, (work, nothing) -> verify(work),
                StepKind.COMMIT, (work, nothing) -> commit(work));
    }

    private static final class RecordSnapshot implements Effect {
        @Override
        public void run(Work work, String nothing) {
            Snapshot snapshot = work.fresh().orElseThrow();
            VmConfiguration configuration = work.hypervisor().configuration(work.vm());
            work.change(tree -> tree.find(snapshot.id()).isPresent() ? tree : tree.grow(snapshot));
            work.wiring().store().saveConfiguration(snapshot.id(), configuration, work.lease());
        }

        @Override
        public void undo(Work work, String nothing) {
            Optional<Snapshot> snapshot = work.snapshot();
            if (snapshot.isEmpty()) {
                return;
            }
            Snapshot made = snapshot.get();
            work.change(tree -> work.fate()
                    .map(why -> tree.replace(made.unavailable(why)))
                    .orElseGet(() -> tree.prune(List.of(made.id()))));
        }
    }

    private static final class Prepare implements Effect {
        @Override
        public void run(Work work, String storage) {
            work.storage(storage).prepare(of(work, storage), id(work), work.call());
        }

        @Override
        public void undo(Work work, String storage) {
            // What was reserved goes with the parts; images that are open have nothing reserved.
            work.snapshot().ifPresent(snapshot -> {
                List<Volume> open = Parts.open(work, snapshot.volumes());
                List<Volume> closed = Parts.closed(of(work, storage), open);
                if (!closed.isEmpty()) {
                    work.storage(storage).delete(closed, snapshot.id(), work.call());
                }
            });
        }
    }

    private static final class CutInImages implements Effect {
        @Override
        public void run(Work work, String nothing) {
            List<Volume> open = Parts.open(work, volumes(work));
            work.pausedFor(work.role(InImageSnapshots.class).cut(work.vm(), open, id(work), work.call()));
        }

        @Override
        public void undo(Work work, String nothing) {
            work.snapshot().ifPresent(s -> Parts.delete(work, s));
        }
    }

    private static final class SaveRamInImages implements Effect {
        @Override
        public void run(Work work, String nothing) {
            List<Volume> open = Parts.open(work, volumes(work));
            work.pausedFor(work.role(InImageRam.class).save(work.vm(), open, id(work), work.call()));
        }

        @Override
        public void undo(Work work, String nothing) {
            Optional<Snapshot> snapshot = work.snapshot();
            if (snapshot.isEmpty()) {
                return;
            }
            Parts.delete(work, snapshot.get());
            Reclamation.run(work, snapshot.get().volumes());
        }
    }

    private static final class Cut implements Effect {
        @Override
        public void run(Work work, String storage) {
            work.storage(storage).cut(of(work, storage), id(work), work.call());
        }

        @Override
        public void undo(Work work, String storage) {
            work.snapshot().ifPresent(s -> Parts.delete(work, s));
        }
    }

    private static void verify(Work work) {
        Snapshot snapshot = work.snapshot(id(work));
        VolumeStates states = new VolumeSurvey(work.wiring()).inspect(snapshot.volumes(), work.call());
        for (Volume volume : snapshot.volumes()) {
            states.of(volume).filter(VolumeState::isUnknown).ifPresent(state -> {
                throw new DriverException(
                        volume.storage(),
                        DriverException.Reason.UNREACHABLE,
                        state.objectionsTo(Verb.CREATE).stream()
                                .map(Refusal::message)
                                .collect(Collectors.joining(" ")));
            });
            if (states.part(volume, snapshot)
                    .filter(part -> part.flaw().isEmpty())
                    .isEmpty()) {
                throw lost("disk " + volume.target() + " holds no snapshot " + snapshot.id());
            }
        }
        if (snapshot.ram() && ramBytes(snapshot, states) == 0) {
            throw lost("no disk holds the RAM of snapshot " + snapshot.id());
        }
        work.seenParts(states);
    }

    private static DriverException lost(String what) {
        return new DriverException(
                "core", DriverException.Reason.BROKEN, "The drivers reported success, but " + what + ".");
    }

    private static long ramBytes(Snapshot snapshot, VolumeStates states) {
        return snapshot.volumes().stream()
                .flatMap(volume -> states.part(volume, snapshot).stream())
                .mapToLong(VolumeState.Part::ramBytes)
                .sum();
    }

    private static void commit(Work work) {
        Snapshot snapshot = work.snapshot(id(work));
        VolumeStates states = work.seenParts();
        List<Volume> volumes = snapshot.volumes().stream()
                .map(v -> states.seen(v).map(VolumeState.Seen::volume).orElse(v))
                .toList();
        Snapshot.Receipt receipt = new Snapshot.Receipt(
                consistency(work, snapshot),
                work.pause(),
                work.freeze(),
                snapshot.ram() ? ramBytes(snapshot, states) : 0,
                work.hypervisor().version(),
                work.notes());
        work.change(tree -> marked(tree.replace(snapshot.completed(volumes, receipt)), snapshot));
    }

    private static SnapshotTree marked(SnapshotTree tree, Snapshot snapshot) {
        return tree.moveCurrent(Optional.of(snapshot.id()));
    }

    private static Snapshot.Consistency consistency(Work work, Snapshot snapshot) {
        if (snapshot.ram()) {
            return Snapshot.Consistency.RAM;
        }
        if (snapshot.power() == PowerState.OFF) {
            return Snapshot.Consistency.OFFLINE;
        }
        return work.freeze().isZero() ? Snapshot.Consistency.CRASH : Snapshot.Consistency.QUIESCED;
    }

    private static SnapshotId id(Work work) {
        return work.entry().snapshots().get(0);
    }

    private static List<Volume> volumes(Work work) {
        return work.snapshot(id(work)).volumes();
    }

    private static List<Volume> of(Work work, String storage) {
        return volumes(work).stream().filter(v -> v.storage().equals(storage)).toList();
    }
}
