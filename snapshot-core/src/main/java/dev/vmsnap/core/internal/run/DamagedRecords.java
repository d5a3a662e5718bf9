package dev.vmsnap.core.internal.run;

import dev.vmsnap.Finding;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.RecoveryReport.Recovered;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Names the VMs whose records in the store cannot be read, and refuses their verbs. */
final class DamagedRecords {
    private DamagedRecords() {}

    /** Prepares a verb; records that cannot be read are a refusal, because nothing was touched. */
    static <T> T orRefused(Supplier<T> preparation) {
        try {
            return preparation.get();
        } catch (StoreException e) {
            throw new RefusedException(List.of(refusal(e)));
        }
    }

    /** The verdict on a VM whose records cannot be read; any other failure of the store goes on. */
    static Verdict refused(StoreException failure) {
        return new Verdict(List.of(refusal(failure)), List.of());
    }

    private static Refusal refusal(StoreException failure) {
        if (failure.problem() != Problem.RECORD_DAMAGED) {
            throw failure;
        }
        return Refusal.of(Refusal.Code.RECORD_DAMAGED, failure.getMessage() + ".", failure.recovery());
    }

    static Finding finding(Damaged damaged) {
        StoreException told = failure(damaged);
        return new Finding(
                Finding.Kind.RECORD_DAMAGED,
                damaged.vm(),
                damaged.subject(),
                told.getMessage() + ".",
                told.recovery(),
                Map.of("record", damaged.subject()));
    }

    /** Nothing of these VMs is touched, so that what is open stays open. */
    static List<Recovered> leftOpen(List<Damaged> damaged) {
        return damaged.stream()
                .flatMap(one -> one.vm().map(vm -> Reconciliation.report(vm, Outcome.STILL_OPEN, one.why())).stream())
                .toList();
    }

    static StoreException failure(Damaged damaged) {
        return new StoreException("store", Problem.RECORD_DAMAGED, damaged.why());
    }
}
