package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.PowerState;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.LibvirtRelay.Procedure;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** libvirt's answers get lost in the middle of a restore with RAM, of a guest whose processor libvirt's revert rewrites. */
@Timeout(180)
final class LostAnswersTest {
    // A revert writes it as one that must match exactly, and another model in its place.
    private static final String PROCESSOR = "<cpu mode='custom' match='minimum'><model>qemu64</model></cpu>";

    @RegisterExtension
    final Lab lab = new Lab();

    private Host host;
    private LibvirtRelay relay;
    private VmSnapshots snapshots;
    private Snapshot then;
    private KvmHypervisor eyes;
    private VmConfiguration before;

    @BeforeEach
    void bootAGuestAndSaveItsRam() throws IOException {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        host = Host.of(lab, guest);
        VmId vm = host.vm();
        lab.defineXml(
                guest.name(),
                guest.domainXml()
                        .replace("</name>", "</name><uuid>" + vm + "</uuid>")
                        .replace("<devices>", PROCESSOR + "<devices>"));
        host.boot();
        relay = LibvirtRelay.of(lab);
        snapshots = Host.engine(lab, relay.uri(), JdbcStore.sqlite(Host.store(lab)), builder -> builder);
        then = host.createWithRam("then");
        eyes = BareGuest.driver(lab);
        before = eyes.configuration(vm);
        host.tickOn();
    }

    @Test
    void aDefinitionThatNeverArrivedIsMadeByTheNextVerb() {
        relay.loseCall(Procedure.DEFINE);
        assertThat(catchThrowable(this::restore)).isInstanceOf(RepairNeededException.class);
        assertThat(relay.hasLost()).isTrue();
        assertThat(eyes.differences(before, eyes.configuration(host.vm()))).isNotEmpty();

        host.create("next");

        assertKept();
        restore();
        assertKept();
    }

    @Test
    void whatWasDoneAlthoughItWasNotAnsweredIsNoFailure() {
        relay.loseAnswer(Procedure.DEFINE);
        restore();
        assertThat(relay.hasLost()).isTrue();
        assertKept();

        relay.loseAnswer(Procedure.REVERT);
        restore();
        assertThat(relay.hasLost()).isTrue();
        assertKept();

        Snapshot bare = host.create("without RAM");
        relay.loseAnswer(Procedure.START);
        snapshots.restore(host.vm(), bare.id(), Host.ADMIN).await();
        assertThat(relay.hasLost()).isTrue();
        assertKept();
    }

    private void restore() {
        snapshots.restore(host.vm(), then.id(), Host.ADMIN).await();
    }

    private void assertKept() {
        assertThat(eyes.differences(before, eyes.configuration(host.vm()))).isEmpty();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
    }
}
