package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.Console;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.ScribeGuest;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** A host application with one scribe, whose file systems can be frozen, and independent eyes on what that did. */
final class ScribeHost extends TickingHost {
    private final Lab lab;
    private final ScribeGuest guest;

    private ScribeHost(Lab lab, ScribeGuest guest) {
        super(
                new Console(guest.serialLog()),
                engine(lab, KvmHypervisor.connect(lab.uri()), store(lab), b -> b),
                VmId.of(lab.virsh("domuuid", guest.name()).strip()));
        this.lab = lab;
        this.guest = guest;
    }

    /** A host whose guest has booted, with two disks and an agent that libvirt knows of. */
    static ScribeHost boot(Lab lab) {
        ScribeGuest guest = ScribeGuest.in(lab.directory(), lab.newName(), 2, Lab.scribeSystem());
        try {
            guest.createDisks();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        lab.defineXml(guest.name(), guest.domainXml());
        ScribeHost host = new ScribeHost(lab, guest);
        lab.virsh("start", guest.name());
        host.console().awaitTick(PATIENCE);
        await(() -> host.agentKnown());
        return host;
    }

    /** An engine as a host wires it; closed with the lab. */
    static VmSnapshots engine(
            Lab lab, HypervisorDriver driver, SnapshotStore store, UnaryOperator<SnapshotEngine.Builder> more) {
        VmSnapshots engine = more.apply(SnapshotEngine.builder()
                        .node("node-1", driver)
                        .storage(new FileStorage())
                        .store(store))
                .build();
        lab.cleanUp(engine::close);
        return engine;
    }

    /** Another engine for the same VM. */
    VmSnapshots engine(UnaryOperator<SnapshotEngine.Builder> more) {
        return engine(lab, KvmHypervisor.connect(lab.uri()), store(lab), more);
    }

    static SnapshotStore store(Lab lab) {
        return JdbcStore.sqlite(Host.store(lab));
    }

    static SnapshotSpec spec(Quiesce policy) {
        return SnapshotSpec.named(policy.name()).quiesce(policy);
    }

    ScribeGuest guest() {
        return guest;
    }

    Snapshot create(Quiesce policy) {
        return create(snapshots(), policy);
    }

    Snapshot create(VmSnapshots engine, Quiesce policy) {
        return engine.create(vm(), spec(policy), ADMIN).await();
    }

    /** Whether libvirt knows of an agent in the guest. */
    boolean agentKnown() {
        return lab.virsh("dumpxml", guest.name()).contains("name='org.qemu.guest_agent.0' state='connected'");
    }

    /** What the agent says, asked by others than the library. */
    boolean isFrozen() {
        return agent("guest-fsfreeze-status").contains("frozen");
    }

    String agent(String command) {
        return lab.virsh("qemu-agent-command", guest.name(), "{\"execute\":\"" + command + "\"}");
    }

    /** The guest writes, its agent is well and forgets what it was asked, no snapshot and no guard is there. */
    void heal() {
        guest.startAgent(PATIENCE);
        guest.wakeAgent(PATIENCE);
        await(this::agentKnown);
        assertThat(snapshots().recover().clean()).isTrue();
        tickOn();
        awaitNoGuard();
        snapshots().deleteAll(vm(), ADMIN).await();
        guest.forgetFreezes(PATIENCE);
        assertNoSnapshotInImages();
    }

    void assertNoSnapshotInImages() {
        for (GuestDisk disk : guest.disks()) {
            assertThat(Shell.run("qemu-img", "snapshot", "-l", "-U", disk.file().toString()))
                    .isEmpty();
        }
    }

    /** The content of a disk at a snapshot. */
    FileSystemContent content(Snapshot snapshot, int disk) {
        Path raw = lab.directory().resolve(lab.newName() + ".raw");
        Shell.run(
                "qemu-img",
                "convert",
                "-U",
                "-l",
                "snapshot.name=" + ImageInfo.tag(snapshot.id()),
                "-f",
                "qcow2",
                "-O",
                "raw",
                guest.disks().get(disk).file().toString(),
                raw.toString());
        return new FileSystemContent(raw.toString());
    }

    /** An ext4 file system in a file. */
    record FileSystemContent(String file) {
        /** Whether it was left in such order that nothing has to be repaired, not even from its journal. */
        boolean isClean() {
            Shell.Outcome check = Shell.attempt("e2fsck", "-f", "-n", file);
            return check.exitCode() == 0 && !Shell.run("dumpe2fs", "-h", file).contains("needs_recovery");
        }

        /** A file at its top, without empty lines at the ends. */
        String text(String name) {
            String said = Shell.run("debugfs", "-R", "cat /" + name, file);
            return said.substring(said.indexOf('\n') + 1);
        }

        /** The last number that the guest has written there. */
        long lastNumber() {
            List<String> numbers =
                    text("ticks").lines().filter(line -> line.matches("[0-9]+")).toList();
            return Long.parseLong(numbers.get(numbers.size() - 1));
        }
    }

    /** Waits until nothing on the node is about to thaw the guest. */
    void awaitNoGuard() {
        await(() -> guardFiles().isEmpty() && guards().isEmpty());
    }

    List<String> guardFiles() {
        try (Stream<Path> files = Files.list(Path.of("/run"))) {
            return files.map(Path::toString)
                    .filter(file -> file.startsWith("/run/vmsnap-thaw." + vm()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Processes that thaw the guest when their time has come. */
    List<ProcessHandle> guards() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .commandLine()
                        .filter(line -> line.contains("vmsnap-thaw") && line.contains(vm().value()))
                        .isPresent())
                .toList();
    }

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
