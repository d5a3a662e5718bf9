package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmRecord;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The work for many missing snapshots, counted in bytes allocated, which do not depend on the machine's load. */
final class ManyMissingTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.OFF);

    @Test
    void markingThemIsOneSaveAndGrowsWithTheirNumberOnly() {
        recover(50);

        long few = recover(100);
        long many = recover(800);

        assertThat((double) many / few).as("for eight times as many").isLessThan(16);
    }

    @Test
    void doctorGrowsWithTheirNumberOnly() {
        record(50);
        scenario.snapshots.doctor(scenario.vm);

        record(100);
        long few = allocatedBy(() -> scenario.snapshots.doctor(scenario.vm));
        record(800);
        long many = allocatedBy(() -> scenario.snapshots.doctor(scenario.vm));

        assertThat((double) many / few).as("for eight times as many").isLessThan(16);
    }

    private long recover(int count) {
        long revision = record(count).revision();

        long allocated = allocatedBy(() -> scenario.snapshots.recover(scenario.vm));

        assertThat(scenario.tree().snapshots())
                .hasSize(count)
                .allMatch(snapshot -> snapshot.status() == Snapshot.Status.UNAVAILABLE);
        assertThat(store().find(scenario.vm).orElseThrow().revision()).isEqualTo(revision + 1);
        return allocated;
    }

    private static long allocatedBy(Runnable work) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    /** Records a chain of snapshots whose parts are nowhere. */
    private VmRecord record(int count) {
        VmRecord record = store().find(scenario.vm).orElseThrow();
        List<Snapshot> chain = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chain.add(snapshot(i));
        }
        return store().save(record.withTree(SnapshotTree.of(
                scenario.vm, chain, Optional.of(chain.get(count - 1).id()))));
    }

    private Snapshot snapshot(int number) {
        return new Snapshot(
                        SnapshotId.of("m" + number),
                        scenario.vm,
                        number == 0 ? Optional.empty() : Optional.of(SnapshotId.of("m" + (number - 1))),
                        Snapshot.Labels.named("snapshot " + number),
                        Instant.EPOCH.plusSeconds(number),
                        ADMIN,
                        Snapshot.Status.CREATING,
                        Optional.empty(),
                        false,
                        PowerState.OFF,
                        "node-1",
                        List.of(),
                        Set.of(),
                        Optional.empty())
                .completed(
                        List.of(volume()),
                        new Snapshot.Receipt(
                                Snapshot.Consistency.OFFLINE, Duration.ZERO, Duration.ZERO, 0, "", List.of()));
    }

    private Volume volume() {
        String source = scenario.guest.disk("vda").source();
        return new Volume("vda", source, "qcow2", StorageKind.FILE, "in-image", OptionalLong.empty());
    }

    private SnapshotStore store() {
        return scenario.datacenter.store();
    }
}
