package dev.vmsnap.it;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.Intent;
import dev.vmsnap.Operation;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A node behind a libvirt daemon of its own comes and goes while RAM of a guest on another node is saved. */
@Timeout(180)
final class NodesComeAndGoTest {
    private static final String SAVING = "SAVE_RAM_IN_IMAGES";

    @RegisterExtension
    final Lab lab = new Lab();

    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch goesOn = new CountDownLatch(1);

    @Test
    void nodesComeAndGoWhileAGuestOnAnotherOneIsSnapshotted() throws Exception {
        Host host = Host.ofDisks(lab, 1).boot();
        String there = lab.anotherDaemon().uri();
        VmId second = define(there);
        SnapshotEngine engine = engine();
        Operation<Snapshot> create =
                engine.create(host.vm(), SnapshotSpec.named("one").withRam(), ADMIN);
        assertThat(begun.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();

        engine.addNode("node-2", KvmHypervisor.connect(there));
        assertThat(engine.vms()).extracting(VmOverview::vm).contains(host.vm(), second);
        Operation<Snapshot> elsewhere = engine.create(second, SnapshotSpec.named("kept"), ADMIN);
        Snapshot kept = elsewhere.await(PATIENCE);
        assertThat(engine.removeNode("node-2", Duration.ZERO)).isTrue();
        assertThat(codeOfACreate(engine, second)).isEqualTo(Refusal.Code.NODE_UNKNOWN);
        Refusal used = refusalOf(() -> engine.removeNode("node-1", Duration.ZERO));
        assertThat(used.code()).isEqualTo(Refusal.Code.DRIVER_IN_USE);
        assertThat(used.data()).containsEntry("operations", create.id());
        engine.addNode("node-2", KvmHypervisor.connect(there));
        engine.restore(second, kept.id(), ADMIN).await(PATIENCE);

        goesOn.countDown();
        assertThat(create.await(PATIENCE).status()).isEqualTo(Snapshot.Status.AVAILABLE);
        host.tickOn();
        assertThat(engine.removeNode("node-1", PATIENCE)).isTrue();
        assertThat(engine.tree(host.vm()).size()).isEqualTo(1);
        engine.addNode("node-1", KvmHypervisor.connect(lab.uri()));
        engine.create(host.vm(), SnapshotSpec.named("two"), ADMIN).await(PATIENCE);
        assertThat(engine.doctor(host.vm())).isEmpty();
        assertThat(engine.doctor()).isEmpty();
        host.tickOn();
    }

    private SnapshotEngine engine() {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        lab.cleanUp(threads::shutdownNow);
        SnapshotEngine engine = SnapshotEngine.builder()
                .node("node-1", KvmHypervisor.connect(lab.uri()))
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(Host.store(lab)))
                .executor(threads)
                .events(this::stop)
                .build();
        lab.cleanUp(engine::close);
        return engine;
    }

    private void stop(SnapshotEvent event) {
        if (SAVING.equals(event.data().get("step"))) {
            begun.countDown();
            try {
                goesOn.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private VmId define(String uri) throws IOException {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 1);
        guest.createDisks();
        Path xml = Files.writeString(lab.directory().resolve(guest.name() + ".xml"), guest.domainXml());
        Shell.run("virsh", "-q", "-c", uri, "define", xml.toString());
        return VmId.of(
                Shell.run("virsh", "-q", "-c", uri, "domuuid", guest.name()).strip());
    }

    private static Refusal.Code codeOfACreate(SnapshotEngine engine, VmId vm) {
        return engine.check(vm, new Intent.Create(SnapshotSpec.unnamed()), ADMIN)
                .refusals()
                .get(0)
                .code();
    }

    private static Refusal refusalOf(Runnable verb) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, verb::run);
        assertThat(refused.refusals()).hasSize(1);
        return refused.refusals().get(0);
    }
}
