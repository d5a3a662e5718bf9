package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.PowerState;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.LibvirtRelay.Procedure;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** libvirt's answers get lost in the middle of a restore with RAM, of a guest with a generation ID. */
@Timeout(180)
final class LostAnswersTest {
    private static final String PROCESSOR = "<cpu mode='custom' match='minimum'><model>qemu64</model></cpu>";
    private static final String GENERATION = "<genid/>";

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
                        .replace("</name>", "</name><uuid>" + vm + "</uuid>" + GENERATION)
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
        assertThat(hasTheGenerationOfItsRun()).isFalse();

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

        for (Procedure step : List.of(Procedure.START_WITH, Procedure.LOAD_RAM, Procedure.RESUME)) {
            relay.loseAnswer(step);
            restore();
            assertThat(relay.hasLost()).as("%s", step).isTrue();
            assertKept();
        }

        Snapshot bare = host.create("without RAM");
        relay.loseAnswer(Procedure.START);
        snapshots.restore(host.vm(), bare.id(), Host.ADMIN).await();
        assertThat(relay.hasLost()).isTrue();
        assertKept();
    }

    @Test
    void aRestoreWhoseCallsNeverArriveIsDoneByTheNextOne() {
        for (Procedure step : List.of(Procedure.START_WITH, Procedure.LOAD_RAM)) {
            relay.loseCall(step);
            assertThat(catchThrowable(this::restore)).as("%s", step).isInstanceOf(SnapshotException.class);
            assertThat(relay.hasLost()).isTrue();

            restore();
            assertKept();
        }
    }

    private boolean hasTheGenerationOfItsRun() {
        VmConfiguration now = eyes.configuration(host.vm());
        return generation(now.persistent()).equals(generation(now.live()));
    }

    private static String generation(String domain) {
        return domain.substring(domain.indexOf("<genid>"), domain.indexOf("</genid>"));
    }

    private void restore() {
        snapshots.restore(host.vm(), then.id(), Host.ADMIN).await();
    }

    private void assertKept() {
        assertThat(hasTheGenerationOfItsRun()).isTrue();
        assertThat(eyes.differences(before, eyes.configuration(host.vm()))).isEmpty();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
    }
}
