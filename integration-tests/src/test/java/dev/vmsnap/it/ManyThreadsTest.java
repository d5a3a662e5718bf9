package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static dev.vmsnap.it.Host.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.BusyException;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Fifty threads on one real VM. */
final class ManyThreadsTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void fiftyThreadsMakeExactlyThreeSnapshots() throws Exception {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
        Host host = Host.of(lab, guest, b -> b.waitWhenBusy(PATIENCE)).boot();
        host.snapshots().configure(host.vm(), SettingsChoice.open().limit(3), ADMIN);
        ExecutorService threads = Executors.newFixedThreadPool(50);
        Callable<String> create = () -> {
            try {
                host.create("one of many");
                return "made";
            } catch (BusyException busy) {
                return "BUSY";
            } catch (RefusedException refused) {
                return refused.refusals().get(0).code().name();
            }
        };

        List<String> outcomes;
        try {
            outcomes = threads.invokeAll(Collections.nCopies(50, create)).stream()
                    .map(ManyThreadsTest::outcome)
                    .toList();
        } finally {
            threads.shutdownNow();
        }

        assertThat(outcomes).isSubsetOf("made", "LIMIT_REACHED", "BUSY");
        assertThat(outcomes).filteredOn("made"::equals).hasSize(3);
        assertThat(host.tree().size()).isEqualTo(3);
        for (GuestDisk disk : host.guest().disks()) {
            assertThat(host.inImage(disk)).hasSize(3);
        }
        try (JdbcStore store = JdbcStore.sqlite(Host.store(lab))) {
            assertThat(store.journal()).isEmpty();
        }
        host.tickOn();
    }

    private static String outcome(Future<String> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
