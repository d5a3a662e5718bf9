package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Wholeness;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VmRecord.Leftover;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings records and storage together again: parts that were away, parts that were left behind, space that leaked. */
final class Reconciliation {
    private static final Logger LOG = LoggerFactory.getLogger(Reconciliation.class);

    private final Wiring wiring;
    private final Survey survey;
    private final Operations operations;
    private final LeftBehind leftBehind;
    private final Leases leases;

    Reconciliation(Wiring wiring, Survey survey, Leases leases, Operations operations) {
        this.wiring = wiring;
        this.survey = survey;
        this.operations = operations;
        this.leases = leases;
        this.leftBehind = new LeftBehind(wiring, leases);
    }

    /** Whether anything of a VM may be better now than it was recorded. */
    static boolean isDue(VmRecord record) {
        return !record.leftovers().isEmpty()
                || record.tree().snapshots().stream().anyMatch(snapshot -> snapshot.reason()
                        .filter(why -> why == Snapshot.Reason.MISSING || why == Snapshot.Reason.DAMAGED)
                        .isPresent());
    }

    /** Reconciles the VM of a lease as far as its node and its storage answer. */
    List<Recovered> run(Lease lease, boolean reclaim) {
        VmRecord record = survey.record(lease.vm());
        if (!isDue(record) && !reclaim) {
            return List.of();
        }
        List<Recovered> done = new ArrayList<>();
        try {
            Situation seen = survey.forDoctor(lease.vm());
            place(seen).ifPresent(at -> {
                available(seen, lease).ifPresent(done::add);
                leftBehind.delete(record, at, lease).ifPresent(done::add);
                if (reclaim && !at.vm().power().isActive()) {
                    reclaimed(seen, at, lease).ifPresent(done::add);
                }
            });
        } catch (DriverException e) {
            LOG.info("VM {}: its records could not be compared with its storage", lease.vm(), e);
            done.add(report(lease.vm(), Outcome.STILL_OPEN, String.valueOf(e.getMessage())));
        }
        return done;
    }

    /** The node to work on: that of the VM, or if no node has it any more the one that had it last. */
    private Optional<Sighting> place(Situation seen) {
        VmRecord record = seen.record();
        return seen.chosen()
                .or(() -> seen.sightings().isEmpty() && seen.silentNodes().isEmpty()
                        ? record.node()
                                .filter(wiring::hasNode)
                                .map(node -> new Sighting(node, VmDescription.gone(record.vm(), record.name())))
                        : Optional.empty());
    }

    private Optional<Recovered> available(Situation seen, Lease lease) {
        SnapshotTree before = seen.record().tree();
        SnapshotTree healed = Wholeness.healed(seen);
        operations.reconciled(seen, lease);
        String names = healed.snapshots().stream()
                .filter(snapshot -> !snapshot.equals(before.find(snapshot.id()).orElse(snapshot)))
                .map(snapshot -> "\"" + snapshot.name() + "\"")
                .collect(Collectors.joining(", "));
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(report(lease.vm(), Outcome.FINISHED, "available again: " + names));
    }

    private Optional<Recovered> reclaimed(Situation seen, Sighting at, Lease lease) {
        List<Volume> leaking = seen.states()
                .all()
                .flatMap(state -> state.asSeen().stream())
                .filter(state -> state.leakedBytes() > 0)
                .map(VolumeState.Seen::volume)
                .map(Volume::ofAnySize)
                .toList();
        if (leaking.isEmpty()) {
            return Optional.empty();
        }
        Tenure tenure = leases.tenure(lease);
        try {
            Survey.byStorage(leaking).forEach((storage, volumes) -> tenure.storage(storage)
                    .reclaim(volumes, tenure.call(at.vm(), at.node())));
            return Optional.of(report(lease.vm(), Outcome.FINISHED, "leaked space was freed"));
        } catch (SnapshotException e) {
            return Optional.of(report(lease.vm(), Outcome.STILL_OPEN, String.valueOf(e.getMessage())));
        }
    }

    static Recovered report(VmId vm, Outcome outcome, String detail) {
        return new Recovered("", vm, Verb.RECOVER, outcome, detail);
    }

    static String name(Leftover left) {
        return "snapshot " + left.snapshot() + " on disk " + left.volume().target() + " ("
                + left.volume().source() + ")";
    }
}
