package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** libvirtd restarts, dies and hangs: the next verb works, no thread hangs, and the guest counts on. */
final class DaemonTroubleTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aRestartBetweenTwoVerbsIsNotNoticed() {
        Host host = Host.ofDisks(lab, 2).boot();
        Snapshot first = host.createWithRam("first");
        lab.daemon("restart");

        Snapshot second = host.create("second");
        lab.daemon("kill");
        lab.daemon("start");
        host.restore(first);

        host.tickOn();
        assertThat(second.parent()).contains(first.id());
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void aDaemonThatDiesInTheMiddleOfACreateLeavesAGuestThatCountsOnAndACleanTree() throws Exception {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2).withMemory(256, 200);
        Host host = Host.of(lab, guest).boot();
        CountDownLatch saving = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            VmSnapshots snapshots = Host.engine(lab, JdbcStore.sqlite(Host.store(lab)), b -> b.executor(thread)
                    .events(e -> {
                        if (e.phase() == Phase.STEP && e.detail().startsWith("save RAM")) {
                            saving.countDown();
                        }
                    }));
            var operation = snapshots.create(host.vm(), SnapshotSpec.named("x").withRam(), ADMIN);
            assertThat(saving.await(30, TimeUnit.SECONDS)).isTrue();
            lab.daemon("kill");
            // A libvirtd that comes back while QEMU still writes RAM takes QEMU's late answer for another one.
            host.tickOn();
            lab.daemon("start");

            AtomicReference<Snapshot> made = new AtomicReference<>();
            try {
                made.set(operation.await(Duration.ofMinutes(2)));
            } catch (SnapshotException told) {
                assertThat(told.recovery()).isNotBlank();
            }
        } finally {
            thread.shutdownNow();
        }

        assertThat(host.snapshots().recover().clean()).isTrue();
        host.tickOn();
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        host.createWithRam("after the trouble");
        host.tickOn();
    }

    @Test
    void manyCallsToADaemonThatHangsAllEndAndTheProcessLives() throws Exception {
        KvmHypervisor node = KvmHypervisor.connect(lab.uri());
        lab.cleanUp(node::close);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            for (int round = 0; round < 2; round++) {
                assertThat(node.version()).isNotBlank();
                List<Future<Optional<Reason>>> calls;
                lab.daemon("freeze");
                try {
                    calls = IntStream.range(0, 12)
                            .mapToObj(call -> threads.submit(() -> reason(call % 2 == 0 ? node::version : node::vms)))
                            .toList();
                    assertThat(calls.get(0).get(2, TimeUnit.MINUTES)).isPresent();
                } finally {
                    lab.daemon("thaw");
                }
                for (Future<Optional<Reason>> call : calls) {
                    assertThat(call.get(2, TimeUnit.MINUTES)).isNotNull();
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static Optional<Reason> reason(Runnable call) {
        try {
            call.run();
            return Optional.empty();
        } catch (DriverException told) {
            return Optional.of(told.reason());
        }
    }

    @Test
    void aDaemonThatHangsIsReportedAndForgottenOnceItGoesOn() {
        Host host = Host.ofDisks(lab, 1).boot();
        host.create("before");
        lab.daemon("freeze");
        try {
            assertThat(host.snapshots()
                            .check(host.vm(), new Intent.Create(SnapshotSpec.named("x")), ADMIN)
                            .refusals())
                    .extracting(Refusal::code)
                    .containsExactly(Code.NODE_UNREACHABLE);
            assertThatThrownBy(() -> host.create("while it hangs")).isInstanceOf(SnapshotException.class);
        } finally {
            lab.daemon("thaw");
        }

        host.create("after");
        assertThat(host.tree().size()).isEqualTo(2);
        host.tickOn();
    }
}
