package dev.vmsnap.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots.Expired;
import dev.vmsnap.core.Scenario.Disks;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Snapshots whose time is over go when the host's scheduler asks. */
final class ExpiryTest {
    private final Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);

    private Snapshot create(String name, Duration life) {
        return scenario.snapshots
                .create(
                        scenario.vm,
                        SnapshotSpec.named(name)
                                .expiresAt(scenario.datacenter.clock().instant().plus(life)),
                        Scenario.ADMIN)
                .await();
    }

    @Test
    void onlyThoseWhoseTimeIsOverGo() {
        Snapshot brief = create("brief", Duration.ofHours(1));
        Snapshot longer = create("longer", Duration.ofHours(3));
        SnapshotId always = scenario.create("always").id();
        assertThat(scenario.snapshots.deleteExpired(Scenario.ADMIN)).isEmpty();

        scenario.datacenter.advance(Duration.ofHours(2));

        assertThat(scenario.snapshots.deleteExpired(Scenario.ADMIN))
                .singleElement()
                .satisfies(expired -> {
                    assertThat(expired.vm()).isEqualTo(scenario.vm);
                    assertThat(expired.snapshots()).containsExactly(brief.id());
                    assertThat(expired.failure()).isEmpty();
                });
        assertThat(scenario.tree().snapshots()).extracting(Snapshot::id).containsExactly(longer.id(), always);
        assertThat(scenario.snapshots.deleteExpired(Scenario.ADMIN)).isEmpty();
    }

    @Test
    void whatCannotBeDeletedNowIsSaidAndGoesTheNextTime() {
        Snapshot brief = create("brief", Duration.ofHours(1));
        scenario.datacenter.advance(Duration.ofHours(2));
        scenario.datacenter.node("node-1").disconnect();

        assertThat(scenario.snapshots.deleteExpired(Scenario.ADMIN))
                .singleElement()
                .satisfies(expired -> assertThat(expired.failure()).isPresent());
        assertThat(scenario.tree().snapshots()).extracting(Snapshot::id).containsExactly(brief.id());

        scenario.datacenter.node("node-1").reconnect();
        assertThat(scenario.snapshots.deleteExpired(Scenario.ADMIN))
                .extracting(Expired::failure)
                .allSatisfy(failure -> assertThat(failure).isEmpty());
        scenario.datacenter.assertNoLeftovers();
    }
}
