package dev.vmsnap.it.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.Execution;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.spi.Commands.Command;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The nodes can do what tests are going to ask of them. */
@Timeout(300)
@org.junit.jupiter.api.parallel.Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
@ResourceLock("node b")
final class LabNodesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    private final LabNode a = NODES.node("a");
    private final LabNode b = NODES.node("b");

    @AfterEach
    void removeVolumes() {
        for (LabNode node : List.of(a, b)) {
            node.run("sh", "-c", "virsh -q list --name | xargs -r -n 1 virsh -q destroy");
            node.attempt("lvremove", "-q", "-y", "-S", "lv_name=~^it_");
        }
    }

    @Test
    void aNodeIsReachedAsInProduction() {
        try (KvmHypervisor hypervisor = KvmHypervisor.connect(a.uri())) {
            assertThat(hypervisor.version()).contains("libvirt");
            assertThat(hypervisor.commands().run(Command.of("hostname")).output())
                    .isEqualTo("a\n");
        }
        assertThat(b.run("hostname")).isEqualTo("b");
        assertThat(a.run("busybox", "ping", "-c", "1", b.address())).contains("1 packets received");
    }

    @Test
    void argumentsInputAndComplaintsArriveUnchanged() {
        byte[] content = "it's $HOME\n\0\377".getBytes(StandardCharsets.ISO_8859_1);
        a.write(content, "/tmp/a file");
        Execution execution = a.attempt("sh", "-c", "cat \"$1\"; echo no >&2; exit 3", "sh", "/tmp/a file");

        assertThat(execution.bytes()).isEqualTo(content);
        assertThat(execution.errors()).isEqualTo("no");
        assertThat(execution.exitCode()).isEqualTo(3);
        assertThatThrownBy(() -> a.run("ls", "/it's not there"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("No such file");
    }

    @Test
    void aTickerLivesOnThickAndThinVolumesWithSnapshots() {
        a.run("lvcreate", "-q", "-y", "-L", "32M", "-n", "it_thick", a.ownGroup());
        a.run("lvcreate", "-q", "-y", "-L", "64M", "-V", "32M", "-T", "-n", "it_thin", a.ownGroup() + "/it_pool");
        NodeTicker ticker =
                NodeTicker.onDevices(a, "it_ticker", List.of("/dev/vg_own/it_thick", "/dev/vg_own/it_thin"));
        NodeTicker filled =
                NodeTicker.of(a, filled(ticker.guest())).createDisks().define();

        assertThat(filled.start(PATIENCE).counters()).containsExactly(0L, 0L);
        long first = filled.tickOn(PATIENCE);
        assertThat(filled.isRamIntact(PATIENCE)).isTrue();
        a.run("virsh", "-q", "suspend", "it_ticker");
        a.run("lvcreate", "-q", "-y", "-s", "-L", "8M", "-n", "it_cow", "vg_own/it_thick");
        a.run("lvcreate", "-q", "-y", "-s", "-kn", "-n", "it_snap", "vg_own/it_thin");
        a.run("virsh", "-q", "resume", "it_ticker");
        long last = filled.tickOn(PATIENCE);
        filled.destroy();

        long cow = NodeTicker.counter(a, "/dev/vg_own/it_cow").orElseThrow();
        assertThat(cow).isBetween(first, last - 4);
        assertThat(NodeTicker.counter(a, "/dev/vg_own/it_snap").orElseThrow()).isBetween(cow, cow + 1);
        assertThat(filled.counters()).allSatisfy(counter -> assertThat(counter).isGreaterThanOrEqualTo(last));
        filled.remove();
    }

    @Test
    void aSharedVolumeIsActiveOnOneNodeOnly() {
        a.run("lvcreate", "-q", "-y", "-aey", "-L", "16M", "-n", "it_shared", a.sharedGroup());
        a.write("from a".getBytes(StandardCharsets.UTF_8), "/dev/vg_san/it_shared");

        Execution second = b.attempt("lvchange", "-aey", "vg_san/it_shared");
        assertThat(second.exitCode()).isNotZero();
        assertThat(second.errors()).contains("locked by other host");

        a.run("lvchange", "-an", "vg_san/it_shared");
        b.run("lvchange", "-aey", "vg_san/it_shared");
        assertThat(new String(b.read("/dev/vg_san/it_shared", 0, 1), StandardCharsets.UTF_8))
                .startsWith("from a");
    }

    @Test
    void aNodeThatLostItsPowerComesBackWithItsVolumes() {
        b.run("lvcreate", "-q", "-y", "-L", "16M", "-n", "it_stays", b.ownGroup());
        b.write("still here".getBytes(StandardCharsets.UTF_8), "/dev/vg_own/it_stays");
        NODES.cutOff("b");
        List<String> sharedDisk = List.of("dd", "if=/dev/vdc", "of=/dev/null", "count=9", "iflag=direct");
        assertThatThrownBy(() -> b.attempt(sharedDisk, new byte[0], Duration.ofSeconds(3)))
                .hasMessageContaining("has not ended");
        NODES.kill("b");
        assertThat(b.attempt("true").exitCode()).isEqualTo(255);

        assertThat(NODES.up("b")).isEqualTo(b);

        assertThat(new String(b.read("/dev/vg_own/it_stays", 0, 1), StandardCharsets.UTF_8))
                .startsWith("still here");
        assertThat(b.run("vgs", "--noheadings", "-o", "vg_name")).contains(b.sharedGroup());
    }

    @Test
    void aFrozenNodeAnswersNobodyUntilItGoesOn() {
        NODES.freeze("b");
        assertThatThrownBy(() -> b.attempt(List.of("true"), new byte[0], Duration.ofSeconds(1)))
                .hasMessageContaining("has not ended");

        assertThat(NODES.up("b").run("hostname")).isEqualTo("b");
    }

    @Test
    void aLabEndsWithItsOwnerHoweverThatEnds(@TempDir Path directory) throws Exception {
        Path lab = directory.resolve("lab");
        Process owner = new ProcessBuilder("sleep", "600").start();
        Process up = new ProcessBuilder(script(), "--in", lab.toString(), "--owner", "" + owner.pid())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        assertThat(up.waitFor(240, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(directory.resolve("log"))).startsWith("a\t");
        assertThat(up.exitValue()).isZero();
        assertThat(processesOf(lab)).isNotEmpty();

        owner.destroyForcibly().waitFor();

        long end = System.nanoTime() + PATIENCE.toNanos();
        while (Files.exists(lab) || !processesOf(lab).isEmpty()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static TickerGuest filled(TickerGuest guest) {
        return guest.withMemory(32, 8);
    }

    private static List<ProcessHandle> processesOf(Path lab) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().commandLine().orElse("").contains(lab.toString()))
                .toList();
    }

    private static String script() {
        Path here = Path.of("").toAbsolutePath();
        Path root = Files.exists(here.resolve("lab/up")) ? here : here.getParent();
        return root.resolve("lab/up").toString();
    }
}
