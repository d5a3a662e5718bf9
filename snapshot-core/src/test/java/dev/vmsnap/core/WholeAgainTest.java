package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A snapshot that was recorded as missing is inspected again by each verb that uses it. */
final class WholeAgainTest {
    private final Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);
    private final Snapshot snapshot = scenario.stamped("then").create("first");

    @Test
    void restoreBringsItBackAndRecordsItAsAvailable() {
        scenario.stamped("now");
        recordAsMissing();

        scenario.restore(snapshot.id());

        assertThat(scenario.disk()).isEqualTo("then");
        assertThat(status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void cloneCopiesItAndRecordsItAsAvailable() {
        scenario.stamped("now");
        recordAsMissing();

        List<Volume> copies = scenario.copy(Optional.of(snapshot.id()));

        assertThat(copies).allSatisfy(copy -> assertThat(
                        scenario.datacenter.disk(copy.source()).content())
                .isEqualTo("then"));
        assertThat(status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void recoverRecordsItAsAvailable() {
        recordAsMissing();

        scenario.snapshots.recover();

        assertThat(status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void checkAllowsItsRestoreAndItsCloneAndWritesNothing() {
        recordAsMissing();

        assertThat(scenario.snapshots
                        .check(scenario.vm, new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE), ADMIN)
                        .refusals())
                .isEmpty();
        assertThat(scenario.snapshots
                        .check(scenario.vm, new Intent.Clone(Optional.of(snapshot.id()), scenario.places()), ADMIN)
                        .refusals())
                .isEmpty();
        assertThat(status()).isEqualTo(Snapshot.Status.UNAVAILABLE);
    }

    private void recordAsMissing() {
        SnapshotStore store = scenario.datacenter.store();
        Lease lease = store.acquire(
                scenario.vm,
                "an inspection that failed",
                Verb.RESTORE,
                "earlier",
                Duration.ofMinutes(1),
                holder -> false);
        VmRecord record = store.find(scenario.vm).orElseThrow();
        store.save(record.withTree(record.tree().replace(snapshot.unavailable(Snapshot.Reason.MISSING))), lease);
        store.release(lease);
    }

    private Snapshot.Status status() {
        return scenario.tree().find(snapshot.id()).orElseThrow().status();
    }
}
