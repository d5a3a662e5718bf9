package dev.vmsnap.it.lvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.Volume;
import dev.vmsnap.it.SuspendedHost;
import dev.vmsnap.it.SuspensionTrials;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Managers of a VM on logical volumes of another node are suspended in the middle of their verbs, and no volume changes. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@Tag("nightly")
final class SuspendedHostsOnLvmTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    @ParameterizedTest
    @CsvSource({
        "create,false",
        "restore,false",
        "delete,false",
        "delete-all,false",
        "clone,false",
        "edit,false",
        "rebuild,false",
        "create,true",
        "create-ram,true",
        "restore,true",
        "restore-ram,true",
        "delete-ram,true",
        "clone,true"
    })
    void whereverAManagerIsSuspendedItChangesNothingAfterwards(String verb, boolean running) throws Exception {
        int suspended;
        try (SuspensionTrials trials = new LogicalVolumes(running).trials()) {
            suspended = trials.everywhere(verb, 1, Integer.MAX_VALUE);
        }
        assertThat(suspended).isGreaterThan(2);
        assertThat(lab.volumes().ours()).isEmpty();
    }

    /** A guest on a thick and a thin volume. */
    private final class LogicalVolumes implements SuspensionTrials.Scene {
        private final boolean running;
        private final Contents disks;
        private final LvmHost host;
        private String written = "";

        LogicalVolumes(boolean running) {
            this.running = running;
            lab.pool("pool", 128);
            this.disks = new Contents(lab.node(), List.of(lab.thick("thick", 16), lab.thin("pool", "thin", 16)));
            this.host = LvmHost.of(
                    lab,
                    LvmStorage.inVolumeGroup(LvmLab.GROUP),
                    builder -> builder.leaseTime(SuspendedHost.LEASE).waitWhenBusy(PATIENCE),
                    disks.devices().toArray(String[]::new));
            if (running) {
                host.boot();
            }
        }

        SuspensionTrials trials() {
            return new SuspensionTrials(
                    this, SuspendedHost.start(Map.of("a", lab.node().uri()), LvmLab.GROUP, lab.store(), host.vm()));
        }

        @Override
        public String toString() {
            return "logical volumes, " + (running ? "running" : "off");
        }

        @Override
        public VmSnapshots snapshots() {
            return host.snapshots();
        }

        @Override
        public VmId vm() {
            return host.vm();
        }

        @Override
        public Path store() {
            return lab.store();
        }

        @Override
        public Map<String, String> copies(int number) {
            lab.node().attempt("sh", "-c", "lvremove -q -y -S 'lv_name=~\"^copy\"' " + LvmLab.GROUP);
            String device = "/dev/" + LvmLab.GROUP + "/copy" + number;
            return Map.of("vda", device + "a", "vdb", device + "b");
        }

        @Override
        public void change(List<Volume> now) {
            if (running) {
                host.tickOn();
            } else {
                written = disks.fill(1, 1);
            }
        }

        @Override
        public void assertChanged(String where) {
            if (running) {
                host.tickOn();
            } else {
                assertThat(disks.sums()).as(where).isEqualTo(written);
            }
        }

        @Override
        public List<String> state() {
            List<String> state = new ArrayList<>();
            state.add(virsh("domstate"));
            state.add(virsh("domid"));
            state.add(virsh("dumpxml", "--inactive", "--security-info"));
            lab.volumes()
                    .all()
                    .forEach((name, lv) -> state.add(name + ": " + lv.attributes() + " " + lv.bytes() + " "
                            + lv.origin() + " " + lv.tags() + (running ? "" : " " + lv.dataPercent())));
            return state;
        }

        private String virsh(String... words) {
            List<String> command = new ArrayList<>(List.of("virsh", "-q"));
            command.addAll(List.of(words));
            command.add(host.ticker().guest().name());
            return lab.node().run(command.toArray(String[]::new));
        }
    }
}
