package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Snapshot.Consistency;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.testkit.Faults.Moment;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest that cannot be frozen, or not for long enough: what each policy makes of it. */
final class FreezeTest {
    private final Scenario scenario = Scenario.of(Disks.BOTH, PowerState.RUNNING);

    @AfterEach
    void theGuestIsNotFrozen() {
        assertThat(scenario.guest.isFrozen()).isFalse();
        assertThat(scenario.guest.power()).isEqualTo(PowerState.RUNNING);
    }

    private Snapshot create(Quiesce policy) {
        return scenario.snapshots
                .create(scenario.vm, SnapshotSpec.named(policy.name()).quiesce(policy), ADMIN)
                .await();
    }

    private void atStep(String label, Consumer<SnapshotEvent> happening) {
        scenario.snapshots = scenario.engine(b -> b.events(event -> {
            if (event.phase() == Phase.STEP && event.detail().equals(label)) {
                happening.accept(event);
            }
        }));
    }

    private static void assertNotQuiesced(Snapshot snapshot, String why) {
        Snapshot.Receipt receipt = snapshot.receipt().orElseThrow();
        assertThat(receipt.consistency()).isEqualTo(Consistency.CRASH);
        assertThat(receipt.freeze()).isZero();
        assertThat(receipt.notes()).singleElement().asString().contains(why);
    }

    @ParameterizedTest
    @EnumSource
    void whatFailsToFreezeStopsOnlyWhatRequiresIt(Moment moment) {
        scenario.datacenter
                .faults()
                .failOn(Point.HYPERVISOR_FREEZE)
                .onCall(1)
                .at(moment)
                .with(Reason.TIMEOUT);
        assertNotQuiesced(create(Quiesce.PREFER), "could not be frozen");

        scenario.datacenter
                .faults()
                .failOn(Point.HYPERVISOR_FREEZE)
                .onCall(1)
                .at(moment)
                .with(Reason.TIMEOUT);
        assertThatThrownBy(() -> create(Quiesce.REQUIRE))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
        assertThat(scenario.tree().size()).isEqualTo(1);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void anAgentThatAnswersNobodyStopsOnlyWhatRequiresIt() {
        for (Quiesce policy : new Quiesce[] {Quiesce.PREFER, Quiesce.REQUIRE}) {
            scenario.datacenter.faults().failOn(Point.HYPERVISOR_FREEZE).with(Reason.TIMEOUT);
            scenario.datacenter.faults().failOn(Point.HYPERVISOR_THAW).with(Reason.TIMEOUT);
            if (policy == Quiesce.PREFER) {
                assertNotQuiesced(create(policy), "could not be frozen");
            } else {
                assertThatThrownBy(() -> create(policy))
                        .isInstanceOf(DriverException.class)
                        .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
            }
            scenario.datacenter.faults().clear();
        }
        assertThat(scenario.tree().size()).isEqualTo(1);
        assertThat(scenario.snapshots.recover().recovered()).isEmpty();
    }

    @Test
    void whatSomebodyElseHasFrozenStaysFrozen() {
        scenario.datacenter.node("node-1").freeze(scenario.vm, Duration.ofSeconds(1));

        assertThatThrownBy(() -> create(Quiesce.REQUIRE))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.IN_USE));
        assertThat(scenario.guest.isFrozen()).isTrue();
        assertNotQuiesced(create(Quiesce.PREFER), "frozen already");

        assertThat(scenario.datacenter.node("node-1").thaw(scenario.vm)).isTrue();
    }

    @Test
    void aGuestThatWasThawedBeforeItsTimeIsNotQuiesced() {
        atStep("thaw the guest", event -> scenario.datacenter.node("node-1").thaw(scenario.vm));

        assertNotQuiesced(create(Quiesce.PREFER), "too long");
        assertThatThrownBy(() -> create(Quiesce.REQUIRE))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
        assertThat(scenario.tree().size()).isEqualTo(1);
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aGuestThatCannotBeThawedIsNoSuccessAndRecoveryThawsIt() {
        atStep("thaw the guest", event -> scenario.datacenter
                .faults()
                .failOn(Point.HYPERVISOR_THAW)
                .with(Reason.UNREACHABLE));

        assertThatThrownBy(() -> create(Quiesce.PREFER))
                .isInstanceOfSatisfying(RepairNeededException.class, e -> assertThat(e.leftovers())
                        .anySatisfy(left -> assertThat(left.toString()).contains("freeze")));
        assertThat(scenario.guest.isFrozen()).isTrue();
        scenario.datacenter.faults().clear();

        assertThat(scenario.snapshots.recover().clean()).isTrue();
        assertThat(scenario.tree().isEmpty()).isTrue();
    }

    @Test
    void whatNobodyAskedForIsNotFrozen() {
        Snapshot snapshot = create(Quiesce.NEVER);

        assertThat(snapshot.receipt().orElseThrow().notes()).isEmpty();
        assertThat(scenario.guest.freezes()).isZero();
    }
}
