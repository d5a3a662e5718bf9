package dev.vmsnap.it;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.Operation.Summary;
import dev.vmsnap.PowerState;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.it.ChildHost.Death;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One manager lists what another one does on a real guest, and cancels it from its own process. */
@Timeout(180)
final class OperationsOfOthersTest {
    @RegisterExtension
    final Lab lab = new Lab();

    private final Instant before = Instant.now();
    private Host host;

    @BeforeEach
    void boot() {
        host = Host.ofDisks(lab, 2).boot();
    }

    @Test
    void aCreateOfAnotherProcessIsListedAndCancelledAndTheGuestRunsOn() {
        try (ChildHost other = other("create-ram", "save RAM and snapshot the disks")) {
            Summary seen = theOperation();
            assertThat(seen.verb()).isEqualTo(Verb.CREATE);
            assertThat(seen.progress().code()).isEqualTo("SAVE_RAM_IN_IMAGES");
            assertThat(seen.progress().step()).isEqualTo("save RAM and snapshot the disks");
            assertIsOfTheOtherProcess(seen);
            assertThatThrownBy(() -> host.snapshots().cancel(seen.id(), Actor.user("ursula")))
                    .isInstanceOf(RefusedException.class);

            assertThat(host.snapshots().cancel(seen.id(), ADMIN)).isTrue();

            assertThat(other.awaitOutcome()).isEqualTo("CancelledException");
            assertThat(host.snapshots().cancel(seen.id(), ADMIN)).isFalse();
        }
        assertThat(host.snapshots().operations()).isEmpty();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(host.guest().disks())
                .allSatisfy(disk -> assertThat(host.inImage(disk)).isEmpty());
        assertThat(host.snapshots().recover().recovered()).isEmpty();
        host.createWithRam("next");
        host.tickOn();
    }

    @Test
    void aRestoreOfAnotherProcessThatCannotBeTakenBackGoesToItsEnd() {
        Snapshot kept = host.createWithRam("kept");
        host.tickOn();
        try (ChildHost other = other("restore:" + kept.id(), "bring RAM and disks back")) {
            Summary seen = theOperation();
            assertThat(seen.verb()).isEqualTo(Verb.RESTORE);
            assertThat(seen.progress().code()).isEqualTo("LOAD_RAM_IN_IMAGES");
            assertIsOfTheOtherProcess(seen);

            assertThat(host.snapshots().cancel(seen.id(), ADMIN)).isTrue();
            assertThat(host.snapshots().operation(seen.id()).orElseThrow().cancelRequested())
                    .isTrue();

            assertThat(other.awaitOutcome()).isEqualTo("done");
        }
        assertThat(host.snapshots().operations()).isEmpty();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(host.tree().current()).contains(kept.id());
    }

    private ChildHost other(String verb, String step) {
        ChildHost other =
                ChildHost.start("node-1", lab.uri(), "", Host.store(lab), host.vm(), verb, Death.cancelledAtStep(step));
        other.await(step);
        return other;
    }

    private Summary theOperation() {
        assertThat(host.snapshots().operations()).hasSize(1);
        return host.snapshots().operations().get(0);
    }

    private void assertIsOfTheOtherProcess(Summary seen) {
        assertThat(seen.vm()).isEqualTo(host.vm());
        assertThat(seen.actor()).contains(ADMIN);
        assertThat(seen.since()).isBetween(before, Instant.now());
        assertThat(seen.progress().fraction()).isStrictlyBetween(0.0, 1.0);
        assertThat(seen.alive()).isTrue();
        assertThat(seen.cancelRequested()).isFalse();
    }
}
