package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The binding to libvirt on libvirt's own make-believe driver; it has no QEMU, no agent and no keepalive. */
final class KvmTestDriverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);

    @TempDir
    Path directory;

    private KvmHypervisor kvm;
    private VmId vm;

    @BeforeEach
    void connect() {
        kvm = KvmHypervisor.connect("test:///default");
        vm = kvm.vms().get(0).id();
        // A connection of the test before may be closing still, and then its guest is this one.
        kvm.start(vm, false);
    }

    @AfterEach
    void letGo() {
        kvm.close();
    }

    @Test
    void listsAndFindsTheOneGuest() {
        VmDescription found = kvm.find(vm).orElseThrow();

        assertThat(found.name()).isEqualTo("test");
        assertThat(found.power()).isEqualTo(PowerState.RUNNING);
        assertThat(found.memoryBytes()).isEqualTo(8L << 30);
        assertThat(found.persistent()).isTrue();
        assertThat(kvm.vms()).containsExactly(found);
        assertThat(vm.value()).isEqualTo(vm.value().toLowerCase(java.util.Locale.ROOT));
    }

    @Test
    void holdsReleasesStopsAndStarts() {
        kvm.hold(vm);
        assertThat(kvm.find(vm).orElseThrow().power()).isEqualTo(PowerState.PAUSED);
        kvm.release(vm);
        kvm.stop(vm);
        assertThat(kvm.find(vm).orElseThrow().power()).isEqualTo(PowerState.OFF);
        kvm.start(vm, false);
        assertThat(kvm.find(vm).orElseThrow().power()).isEqualTo(PowerState.RUNNING);
    }

    @Test
    void definesAConfigurationWithForeignLetters() {
        VmConfiguration before = kvm.configuration(vm);
        kvm.stop(vm);
        String described = before.persistent().replace("/guest/diskimage1", "/guest/\u4e2d\ud83d\ude00 \u00e9");

        kvm.define(vm, new VmConfiguration(described, described));

        assertThat(kvm.configuration(vm).persistent()).contains("\u4e2d\ud83d\ude00 \u00e9");
    }

    @Test
    void withoutAnAgentNothingIsFrozenAndThereIsNothingToThaw() {
        assertThatThrownBy(() -> kvm.freeze(vm, Duration.ofSeconds(2))).isInstanceOf(DriverException.class);
        assertThat(kvm.thaw(vm)).isFalse();
    }

    @Test
    void whatTheHypervisorCannotIsAFailureWithItsWords() {
        assertThatThrownBy(() -> kvm.images(vm)).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> kvm.hold(VmId.of("00000000-0000-4000-8000-000000000000")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.MISSING));
    }

    /** The make-believe guest lives as long as anything holds on to the connection, be it one forgotten handle. */
    @Test
    void closingLetsGoOfEverythingThatAnyCallHasTaken() {
        kvm.hold(vm);
        kvm.release(vm);
        kvm.differences(kvm.configuration(vm), kvm.configuration(vm));
        kvm.find(VmId.of("00000000-0000-4000-8000-000000000000"));
        assertThatThrownBy(() -> kvm.images(vm)).isInstanceOf(DriverException.class);
        kvm.define(vm, stopped());

        kvm.close();

        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (powerOfANewConnection() == PowerState.OFF) {
            assertThat(System.nanoTime()).as("the old connection goes").isLessThan(deadline);
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private VmConfiguration stopped() {
        VmConfiguration configuration = kvm.configuration(vm);
        kvm.stop(vm);
        return configuration;
    }

    private PowerState powerOfANewConnection() {
        try (KvmHypervisor fresh = KvmHypervisor.connect("test:///default")) {
            return fresh.find(vm).map(VmDescription::power).orElse(PowerState.RUNNING);
        }
    }

    @Test
    void aClosedDriverSaysSoAndCanBeClosedAgain() {
        kvm.close();
        kvm.close();

        assertThatThrownBy(kvm::vms).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(DriverException.Reason.UNREACHABLE));
    }

    @Test
    void aNodeThatIsNotThereIsNoticedByTheFirstCallAndEachCallTriesAnew() throws Exception {
        Path node = directory.resolve("node.xml");
        try (KvmHypervisor other = KvmHypervisor.connect("test://" + node)) {
            assertThatThrownBy(other::vms).isInstanceOf(DriverException.class);

            Files.writeString(node, "<node/>");

            assertThat(other.vms()).isEmpty();
        }
    }

    @Test
    void manyThreadsShareOneDriver() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try {
            List<Future<Integer>> asked = IntStream.range(0, 16)
                    .mapToObj(i -> threads.submit(() -> {
                        for (int k = 0; k < 100; k++) {
                            assertThat(kvm.find(vm)).isPresent();
                        }
                        return 100;
                    }))
                    .toList();
            for (Future<Integer> one : asked) {
                assertThat(one.get()).isEqualTo(100);
            }
        } finally {
            threads.shutdownNow();
        }
    }
}
