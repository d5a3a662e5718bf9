package dev.vmsnap.it.lvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.it.ChildHost;
import dev.vmsnap.it.ChildHost.Death;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A manager dies while it holds a guest on several logical volumes: the node lets the guest run on, nobody has to recover for
 * that, and a recovery leaves no volume.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@Timeout(300)
final class AbandonedHoldOnLvmTest {
    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    private LvmHost host;
    private Space before;

    @BeforeEach
    void bootAGuestOnThreeVolumes() {
        lab.pool("pool", 128);
        host = LvmHost.of(lab, lab.thick("vda", 32), lab.thick("vdb", 16), lab.thin("pool", "vdc", 16))
                .boot();
        before = lab.volumes().space();
    }

    @ParameterizedTest
    @CsvSource({
        "create-held, snapshot the disks",
        "create-held, let the guest run on",
        "create-ram-held, save RAM",
        "create-ram-held, let the guest run on"
    })
    void aGuestRunsOnByItselfAfterItsManagerWasKilledBetweenTwoSteps(String verb, String step) {
        try (ChildHost victim = victim(verb, Death.stoppedAtStep(step))) {
            victim.await(step);
            victim.kill();
        }

        assertRunsOnAndNothingIsLeft();
    }

    @Test
    void aGuestRunsOnByItselfAfterItsManagerDiedBetweenTwoOfItsDisks() {
        victim("create-held", Death.atLvmLine(2)).awaitDeath();
        assertThat(lab.volumes().ours()).as("a part of the cut is done").isNotEmpty();

        assertRunsOnAndNothingIsLeft();
    }

    private void assertRunsOnAndNothingIsLeft() {
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);

        host.tickOn();

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        // A guest that an administrator pauses from now on is not released.
        host.suspend();
        RecoveryReport report = host.snapshots().recover();
        assertThat(report.clean()).as(report.toString()).isTrue();
        assertThat(report.recovered())
                .extracting(RecoveryReport.Recovered::outcome)
                .containsExactly(Outcome.UNDONE);
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        host.resume();
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(lab.volumes().space()).isEqualTo(before);
        assertThat(host.snapshots().doctor(host.vm())).isEmpty();
        assertThat(lab.node()
                        .run(
                                "sh",
                                "-c",
                                "ls /run | grep -c \"$1\" || true",
                                "sh",
                                host.vm().value()))
                .isEqualTo("0");
        host.delete(host.create("next"));
        host.tickOn();
        assertThat(lab.volumes().space()).isEqualTo(before);
    }

    private ChildHost victim(String verb, Death death) {
        return ChildHost.start(lab.node().name(), lab.node().uri(), LvmLab.GROUP, lab.store(), host.vm(), verb, death);
    }
}
