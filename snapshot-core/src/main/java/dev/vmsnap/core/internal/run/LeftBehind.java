package dev.vmsnap.core.internal.run;

import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VmRecord.Leftover;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes the parts that deletions have left behind. A disk that another VM has by now is worked on under the lease of that
 * VM too, and through its hypervisor if that VM has the image open.
 */
final class LeftBehind {
    private static final Logger LOG = LoggerFactory.getLogger(LeftBehind.class);

    private final Wiring wiring;
    private final Leases leases;
    private final ForeignDisks foreign;

    LeftBehind(Wiring wiring, Leases leases) {
        this.wiring = wiring;
        this.leases = leases;
        this.foreign = new ForeignDisks(wiring, leases);
    }

    Optional<Recovered> delete(VmRecord record, Sighting at, Lease lease) {
        if (record.leftovers().isEmpty()) {
            return Optional.empty();
        }
        List<Leftover> stay = new ArrayList<>();
        for (Leftover left : record.leftovers()) {
            delete(left, at, lease).ifPresent(why -> stay.add(new Leftover(left.snapshot(), left.volume(), why)));
        }
        if (!stay.equals(record.leftovers())) {
            save(record, stay, at, lease);
        }
        String detail = stay.isEmpty()
                ? "parts that were left behind are deleted"
                : stay.stream()
                        .map(left -> Reconciliation.name(left) + " is still there: " + left.why())
                        .collect(Collectors.joining("; "));
        return Optional.of(
                Reconciliation.report(lease.vm(), stay.isEmpty() ? Outcome.FINISHED : Outcome.STILL_OPEN, detail));
    }

    private void save(VmRecord record, List<Leftover> stay, Sighting at, Lease lease) {
        VmRecord now = wiring.store().find(lease.vm()).orElse(record).withLeftovers(stay);
        if (now.tree().isEmpty()) {
            unpublish(now, record.leftovers(), at, lease);
        }
        boolean blank = now.tree().isEmpty()
                && stay.isEmpty()
                && now.template().isEmpty()
                && now.choice().equals(SettingsChoice.open());
        if (blank) {
            wiring.store().forget(lease);
        } else {
            wiring.store().save(now, lease);
        }
    }

    /** Takes away the copies of the records that a deletion could not reach; one that stays hides nothing. */
    private void unpublish(VmRecord record, List<Leftover> before, Sighting at, Lease lease) {
        Tenure tenure = leases.tenure(lease);
        DriverCall call = tenure.call(at.vm(), at.node());
        Set<SnapshotId> dropped = before.stream().map(Leftover::snapshot).collect(Collectors.toSet());
        Survey.byStorage(before.stream().map(Leftover::volume).toList()).forEach((storage, volumes) -> {
            try {
                tenure.storage(storage).publish(volumes, Publication.of(wiring, record), dropped, call);
            } catch (SnapshotException e) {
                LOG.warn("VM {}: the manifest on {} was not taken away: {}", record.vm(), storage, e.getMessage(), e);
            }
        });
    }

    /** Returns why the part is still there; empty if it is gone. */
    private Optional<String> delete(Leftover left, Sighting at, Lease lease) {
        try {
            List<VmDescription> holders =
                    ForeignDisks.holders(leases.tenure(lease).node(at.node()), at.vm(), left.volume());
            if (!holders.isEmpty()) {
                return foreign.delete(left.snapshot(), left.volume(), holders, at.node(), lease);
            }
            foreign.delete(left.snapshot(), left.volume(), at.vm(), at.node(), lease);
            return Optional.empty();
        } catch (SnapshotException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
