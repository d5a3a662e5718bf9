package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import dev.vmsnap.it.ChildHost.Death;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A manager dies or stands still while it holds a guest: the node lets the guest run on, and nobody has to recover. */
@Timeout(120)
final class AbandonedHoldTest {
    private static final String HELD = "save the firmware variables";

    @RegisterExtension
    final Lab lab = new Lab();

    private Host host;

    @BeforeEach
    void bootAGuestThatIsHeldForItsVariables() throws IOException {
        Path variables = Files.write(lab.directory().resolve("variables.fd"), new byte[128 << 10]);
        host = Host.of(lab, TickerGuest.in(lab.directory(), lab.newName(), 1).withVariables(variables))
                .boot();
    }

    @Test
    void aGuestRunsOnByItselfAfterItsManagerBehindSshHasDied() {
        Sshd sshd = Sshd.start(lab);
        victim(sshd.uri(), Death.atStep(HELD)).awaitDeath();
        sshd.kill();
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);

        host.tickOn();

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        // A guest that an administrator pauses from now on is not released.
        lab.virsh("suspend", host.guest().name());
        assertThat(host.snapshots().recover().clean()).isTrue();
        assertThat(host.power()).isEqualTo(PowerState.PAUSED);
        assertThat(host.tree().isEmpty()).isTrue();
        assertNoTraces();
        lab.virsh("resume", host.guest().name());
        host.create("next");
        host.tickOn();
    }

    @Test
    void aManagerThatStoodStillMakesNoSnapshotOfTwoInstants() {
        try (ChildHost victim = victim(lab.uri(), Death.stoppedAtStep(HELD))) {
            victim.await(HELD);

            host.tickOn();

            assertThat(host.power()).isEqualTo(PowerState.RUNNING);
            victim.goOn();
        }
        assertThat(host.tree().isEmpty()).isTrue();
        assertThat(host.inImage(host.guest().disks().get(0))).isEmpty();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        assertThat(host.snapshots().recover().clean()).isTrue();
        host.tickOn();
        assertNoTraces();
    }

    /** The guard leaves files in a directory that is kept in memory until the node is started anew. */
    private void assertNoTraces() {
        assertThat(Path.of("/run")
                        .toFile()
                        .list((run, name) -> name.contains(host.vm().value())))
                .isEmpty();
    }

    private ChildHost victim(String uri, Death death) {
        return ChildHost.start("node-1", uri, "", Host.store(lab), host.vm(), "create-held", death);
    }
}
