package dev.vmsnap.it.nas;

import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.TickingHost;
import dev.vmsnap.it.manual.Manual;
import dev.vmsnap.it.manual.Stage;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.nas.NasStorage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The manual on an NFS export. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class NasManualTest {
    private static final int FILLED_MIB = 24;
    private static final int LEFT_MIB = 8;

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final NasLab lab = new NasLab(NODES);

    @TestFactory
    Stream<DynamicTest> theManualOnNas() {
        VmSnapshots snapshots = lab.engine(
                new NasStorage(),
                builder -> builder.node("b", KvmHypervisor.connect(lab.client().uri())),
                false);
        NodeTicker ticker = lab.bootable("manual", FILLED_MIB);
        TickingHost host = new TickingHost(ticker.console(), snapshots, VmId.of(ticker.uuid())) {};
        return Manual.walk(new Nas(lab, ticker, host));
    }

    /** A guest of node b with its disk on an export of node a. */
    private record Nas(NasLab lab, NodeTicker ticker, TickingHost host) implements Stage {
        private static final String COPY = NasLab.MOUNT + "/vm/copy.qcow2";

        @Override
        public StorageKind kind() {
            return StorageKind.NAS;
        }

        @Override
        public void boot() {
            ticker.start(PATIENCE);
            host.console().awaitTick(PATIENCE);
        }

        @Override
        public PowerState power() {
            return switch (ticker.state()) {
                case "running" -> PowerState.RUNNING;
                case "shut off" -> PowerState.OFF;
                default -> PowerState.OTHER;
            };
        }

        @Override
        public void powerOff() {
            ticker.destroy();
        }

        @Override
        public long counter(String disk) {
            return disk.isEmpty()
                    ? ticker.counters().get(0)
                    : ticker.counter(new GuestDisk(Path.of(disk), GuestDisk.Format.QCOW2, 1))
                            .orElse(-1);
        }

        @Override
        public List<String> places() {
            return snapshotsIn(ticker.guest().disks().get(0).file().toString());
        }

        @Override
        public String nature() {
            return "in the disk's file";
        }

        @Override
        public String freePlace() {
            return COPY;
        }

        @Override
        public int snapshotsOf(String copy) {
            return snapshotsIn(copy).size();
        }

        private List<String> snapshotsIn(String image) {
            String json = lab.client().run("qemu-img", "info", "-U", "--output=json", "-f", "qcow2", image);
            JsonArray found = JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("snapshots");
            return found == null
                    ? List.of()
                    : found.asList().stream()
                            .map(one -> one.getAsJsonObject().get("name").getAsString())
                            .toList();
        }

        @Override
        public VmId define(String name, String xml) {
            String file = "/tmp/" + name + ".xml";
            lab.client().write(xml.getBytes(StandardCharsets.UTF_8), file);
            lab.client().run("virsh", "-q", "define", file);
            return VmId.of(lab.client().run("virsh", "-q", "domuuid", name).strip());
        }

        @Override
        public SnapshotId runOutOfSpace() {
            boot();
            lab.fillBut(LEFT_MIB);
            assertThatThrownBy(() -> host.createWithRam("too much"))
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));
            lab.fill(false);
            return host.tree().snapshots().stream()
                    .filter(snapshot -> snapshot.labels().name().equals("too much"))
                    .map(Snapshot::id)
                    .findFirst()
                    .orElseThrow();
        }
    }
}
