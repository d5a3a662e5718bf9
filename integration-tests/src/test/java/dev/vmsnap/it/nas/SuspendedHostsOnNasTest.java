package dev.vmsnap.it.nas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.Volume;
import dev.vmsnap.it.SuspendedHost;
import dev.vmsnap.it.SuspensionTrials;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.nas.NasStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Managers of a VM on an export that two nodes have mounted are suspended in the middle of their verbs. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
@Tag("nightly")
final class SuspendedHostsOnNasTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FILLED_MIB = 8;

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final NasLab lab = new NasLab(NODES);

    @BeforeEach
    void mountThereToo() {
        lab.mount(lab.server(), "hard");
    }

    @ParameterizedTest
    @CsvSource({
        "create,false",
        "restore,false",
        "delete,false",
        "delete-all,false",
        "clone,false",
        "edit,false",
        "migrate,false",
        "rebuild,false",
        "create,true",
        "create-ram,true",
        "restore,true",
        "restore-ram,true",
        "delete-ram,true",
        "clone,true"
    })
    void whereverAManagerIsSuspendedItChangesNothingAfterwards(String verb, boolean running) throws Exception {
        try (SuspensionTrials trials = new NetworkImages(running).trials()) {
            int suspended = trials.everywhere(verb, 1, Integer.MAX_VALUE);
            assertThat(suspended).isGreaterThan(2);
        }
    }

    /** A guest of node b on the export, which can be migrated to node a. */
    private final class NetworkImages implements SuspensionTrials.Scene {
        private final List<LabNode> nodes = List.of(lab.client(), lab.server());
        private final boolean running;
        private final NodeTicker guest;
        private final VmSnapshots snapshots;
        private final VmId vm;
        private int written;

        NetworkImages(boolean running) {
            this.running = running;
            this.guest = lab.bootable("suspended", FILLED_MIB);
            this.snapshots = lab.engine(
                    new NasStorage().movingOnSameExport(),
                    builder -> builder.leaseTime(SuspendedHost.LEASE)
                            .waitWhenBusy(PATIENCE)
                            .node("b", KvmHypervisor.connect(lab.client().uri()))
                            .node("a", KvmHypervisor.connect(lab.server().uri())),
                    false);
            this.vm = lab.opened(snapshots, guest);
            if (running) {
                guest.start(PATIENCE);
            }
        }

        SuspensionTrials trials() {
            return new SuspensionTrials(
                    this,
                    SuspendedHost.start(
                            Map.of("b", lab.client().uri(), "a", lab.server().uri()), "", lab.store(), vm));
        }

        @Override
        public String toString() {
            return "NAS, " + (running ? "running" : "off");
        }

        @Override
        public VmSnapshots snapshots() {
            return snapshots;
        }

        @Override
        public VmId vm() {
            return vm;
        }

        @Override
        public Path store() {
            return lab.store();
        }

        @Override
        public Map<String, String> copies(int number) {
            lab.client().run("sh", "-c", "rm -f " + NasLab.disk(guest) + ".copy*");
            return Map.of("vda", NasLab.disk(guest) + ".copy" + number);
        }

        @Override
        public String migration() {
            return virsh(lab.client(), "domstate").contains("shut off") ? "a" : "b";
        }

        @Override
        public void change(List<Volume> now) {
            if (running) {
                guest.tickOn(PATIENCE);
            } else {
                written = written % 250 + 1;
                lab.write(guest, written);
            }
        }

        @Override
        public void assertChanged(String where) {
            if (running) {
                guest.tickOn(PATIENCE);
            } else {
                assertThat(lab.holds(guest, written)).as(where).isTrue();
            }
        }

        @Override
        public List<String> state() {
            List<String> state = new ArrayList<>();
            for (LabNode node : nodes) {
                state.add(virsh(node, "domstate"));
                state.add(virsh(node, "domid"));
                state.add(virsh(node, "dumpxml", "--inactive", "--security-info"));
            }
            String disk = NasLab.disk(guest);
            state.add(lab.client().run("qemu-img", "snapshot", "-U", "-l", disk));
            state.add(lab.client()
                    .run(
                            "sh",
                            "-c",
                            "find \"$1\" | sort",
                            "sh",
                            Path.of(disk).getParent().toString()));
            return state;
        }

        private String virsh(LabNode node, String... words) {
            List<String> command = new ArrayList<>(List.of("virsh", "-q"));
            command.addAll(List.of(words));
            command.add(guest.guest().name());
            var execution = node.attempt(command.toArray(String[]::new));
            return execution.exitCode() + ": " + execution.output();
        }
    }
}
