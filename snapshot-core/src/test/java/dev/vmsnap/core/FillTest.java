package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Finding;
import dev.vmsnap.PowerState;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.core.Scenario.Disks;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Snapshots that have less room than they could need. */
final class FillTest {
    private static final long ROOM = 1L << 30;

    private final Scenario scenario = Scenario.of(Disks.LOGICAL_VOLUMES, PowerState.RUNNING);
    private final List<SnapshotEvent> events = new ArrayList<>();

    FillTest() {
        scenario.snapshots = scenario.engine(b -> b.events(events::add).watermark(0.5));
    }

    @Test
    void theUsageOfEachSnapshotIsTold() {
        Snapshot first = scenario.create("first");
        fill(first, 100);

        assertThat(scenario.snapshots.usage(scenario.vm)).singleElement().satisfies(usage -> {
            assertThat(usage.snapshot()).isEqualTo(first.id());
            assertThat(usage.disk()).isEqualTo("vdc");
            assertThat(usage.usedBytes()).isEqualTo(100);
            assertThat(usage.roomBytes()).hasValue(ROOM);
        });
        assertThat(fillings()).isEmpty();
    }

    @Test
    void aPartThatIsNearlyFullIsToldOnceUntilItIsLessFullAgain() {
        Snapshot first = scenario.create("first");
        fill(first, ROOM / 2);
        scenario.snapshots.usage(scenario.vm);
        scenario.snapshots.usage(scenario.vm);
        assertThat(fillings()).hasSize(1);
        assertThat(fillings().get(0).snapshots()).containsExactly(first.id());

        fill(first, 10);
        scenario.snapshots.usage(scenario.vm);
        fill(first, ROOM - 1);
        scenario.snapshots.usage(scenario.vm);

        assertThat(fillings()).hasSize(2);
        assertThat(scenario.snapshots.doctor(scenario.vm))
                .extracting(Finding::kind)
                .contains(Finding.Kind.FILLING);
    }

    @Test
    void everyVerbThatLooksTellsIt() {
        Snapshot first = scenario.create("first");
        fill(first, ROOM - 1);

        scenario.create("second");

        assertThat(fillings()).hasSize(1);
    }

    @Test
    void countingTheUsageOfASnapshotThatRanFullWritesNothing() {
        Snapshot first = scenario.create("first");
        fill(first, ROOM);

        scenario.snapshots.usage(scenario.vm);

        assertThat(scenario.tree().find(first.id()).orElseThrow().status()).isEqualTo(Snapshot.Status.AVAILABLE);
    }

    @Test
    void aRestoreOfASnapshotThatRanFullIsRefusedAndMarksIt() {
        Snapshot first = scenario.create("first");
        fill(first, ROOM);

        assertThatThrownBy(() -> scenario.restore(first.id())).isInstanceOf(RefusedException.class);

        assertOverflown(first);
    }

    @Test
    void theDoctorNamesItWritesNothingAndTheNextVerbMarksIt() {
        Snapshot first = scenario.create("first");
        fill(first, ROOM);

        assertThat(scenario.snapshots.doctor(scenario.vm))
                .filteredOn(finding -> finding.kind() == Finding.Kind.PART_UNUSABLE)
                .singleElement()
                .satisfies(finding -> assertThat(finding.remedy()).contains("Delete"));
        assertThat(scenario.tree().find(first.id()).orElseThrow().status()).isEqualTo(Snapshot.Status.AVAILABLE);

        assertThatThrownBy(() -> scenario.restore(first.id())).isInstanceOf(RefusedException.class);
        assertOverflown(first);
    }

    @Test
    void ramThatIsGoneMakesTheSnapshotUnavailable() {
        Snapshot first = scenario.createWithRam("first");
        scenario.datacenter.destroyRam(first.id());

        assertThatThrownBy(() -> scenario.restore(first.id())).isInstanceOf(RefusedException.class);

        assertThat(scenario.tree().find(first.id()).orElseThrow().reason()).contains(Snapshot.Reason.MISSING);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    private void assertOverflown(Snapshot snapshot) {
        assertThat(scenario.tree().find(snapshot.id()).orElseThrow().reason()).contains(Snapshot.Reason.OVERFLOWN);
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
        assertThatThrownBy(() -> scenario.restore(snapshot.id())).isInstanceOf(RefusedException.class);
        scenario.deleteAll();
        scenario.datacenter.assertNoLeftovers();
    }

    private void fill(Snapshot snapshot, long bytes) {
        scenario.guest.disk("vdc").fill(snapshot.id(), bytes);
    }

    private List<SnapshotEvent> fillings() {
        return events.stream().filter(e -> e.phase() == Phase.FILLING).toList();
    }
}
