package dev.vmsnap.it;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.Snapshot;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Managers are suspended in the middle of their verbs until another one has taken over, made a snapshot and let the guest
 * write. They wake up, and nothing that is there then changes: no disk, no snapshot, no file, no guest.
 */
final class SuspendedHostsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final Lab lab = new Lab();

    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Random random = new Random(11);
    private int written = 1;

    @Test
    void aRestoreThatWasSuspendedRightBeforeQemuImgRollsNothingBack() throws Exception {
        try (Trial trial = trial(false)) {
            assertThat(trial.everywhere("restore", 9, 4)).isEqualTo(4);
        }
    }

    @Test
    void aRestoreThatWasSuspendedRightBeforeItStopsTheGuestStopsNothing() throws Exception {
        try (Trial trial = trial(true)) {
            assertThat(trial.everywhere("restore", 2, 1)).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "create,false",
        "restore,false",
        "delete,false",
        "delete-all,false",
        "clone,false",
        "create,true",
        "create-ram,true",
        "restore,true",
        "restore-ram,true",
        "delete,true",
        "delete-all,true",
        "clone,true"
    })
    @Tag("nightly")
    void whereverAManagerIsSuspendedItChangesNothingAfterwards(String verb, boolean running) throws Exception {
        try (Trial trial = trial(running)) {
            int suspended = trial.everywhere(verb, 1, Integer.MAX_VALUE);
            suspended += trial.anywhere(verb, 5);
            System.out.println("suspended and woken: " + verb + (running ? ", running" : ", off") + ": " + suspended
                    + " " + outcomes);
            assertThat(suspended).isGreaterThan(8);
        }
    }

    private Trial trial(boolean running) {
        TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
        Host host = Host.of(
                lab, guest, builder -> builder.leaseTime(SuspendedHost.LEASE).waitWhenBusy(PATIENCE));
        if (running) {
            host.boot();
        }
        return new Trial(host, SuspendedHost.start("node-1", lab.uri(), "", Host.store(lab), host.vm()));
    }

    /** One guest, its manager, and another manager that suspends it. */
    private final class Trial implements AutoCloseable {
        private final Host host;
        private final SuspendedHost sleeper;
        private final boolean running;
        private int copies;

        Trial(Host host, SuspendedHost sleeper) {
            this.host = host;
            this.sleeper = sleeper;
            this.running = host.power() == PowerState.RUNNING;
        }

        /** Suspends the verb at each of its chances, and returns how often. */
        int everywhere(String verb, int first, int most) throws Exception {
            for (int nth = first; nth - first < most; nth++) {
                sleeper.begin(prepared(verb), nth);
                if (!sleeper.awaitSuspended()) {
                    assertThat(sleeper.outcome()).isEqualTo("DONE");
                    return nth - first;
                }
                takeOver(verb + ", chance " + nth);
            }
            return most;
        }

        /** Suspends the verb at any instant. */
        int anywhere(String verb, int times) throws Exception {
            for (int i = 0; i < times; i++) {
                sleeper.begin(prepared(verb), 0);
                Thread.sleep(random.nextInt(400));
                sleeper.suspend();
                takeOver(verb + ", any instant");
            }
            return times;
        }

        private String prepared(String verb) {
            host.tree().snapshots().stream()
                    .filter(s -> !s.name().equals("first"))
                    .forEach(host::delete);
            boolean ram = verb.equals("restore-ram") || (running && verb.startsWith("delete"));
            Snapshot first = host.tree().snapshots().stream()
                    .findFirst()
                    .orElseGet(() -> ram ? host.createWithRam("first") : host.create("first"));
            return switch (verb) {
                case "restore", "restore-ram" -> "restore " + first.id();
                case "delete" -> "delete " + first.id();
                case "clone" -> {
                    copies++;
                    yield "clone " + copy("vda") + " " + copy("vdb");
                }
                default -> verb;
            };
        }

        private Path copy(String target) {
            return lab.directory().resolve("copy-" + copies + "-" + target);
        }

        private void takeOver(String where) throws Exception {
            try {
                RecoveryReport report = recovered();
                assertThat(report.clean()).as(where + ": " + report).isTrue();
                host.create("theirs");
            } catch (DriverException e) {
                assertThat(SuspendedHost.holdsTheStore(e)).as(where + ": " + e).isTrue();
                outcomes.merge("held the store", 1, Integer::sum);
                sleeper.resume();
                host.snapshots().recover(host.vm());
                return;
            }
            if (running) {
                host.tickOn();
            } else {
                write();
            }
            List<String> before = state();

            String outcome = sleeper.resume();

            assertThat(state()).as(where + ": " + outcome).isEqualTo(before);
            if (running) {
                host.tickOn();
            } else {
                assertWritten(where);
            }
            outcomes.merge(outcome.replaceFirst(":.*", ""), 1, Integer::sum);
            assertThat(outcome).as(where).matches("(DONE|LEASE_LOST: .*|RefusedException: .*|NoSuchSnapshot.*)");
            assertThat(host.snapshots().recover(host.vm()).recovered())
                    .as(where)
                    .isEmpty();
        }

        /** Waits until the lease of the other is over. */
        private RecoveryReport recovered() throws InterruptedException {
            long end = System.nanoTime() + PATIENCE.toNanos();
            while (true) {
                RecoveryReport report = host.snapshots().recover(host.vm());
                boolean held = report.recovered().stream().anyMatch(r -> r.outcome() == Outcome.IN_PROGRESS);
                if (!held) {
                    return report;
                }
                assertThat(System.nanoTime()).as("the lease is still held").isLessThan(end);
                Thread.sleep(50);
            }
        }

        private void write() {
            written = written % 250 + 1;
            host.guest().disks().forEach(disk -> io(disk, "write -P " + written + " 1M 64k"));
        }

        private void assertWritten(String where) {
            host.guest().disks().forEach(disk -> assertThat(io(disk, "read -P " + written + " 1M 64k"))
                    .as(where)
                    .doesNotContain("failed"));
        }

        private String io(GuestDisk disk, String command) {
            return Shell.run(
                    "qemu-io", "-f", "qcow2", "-c", command, disk.file().toString());
        }

        /** Everything that a manager could change. */
        private List<String> state() {
            List<String> state = new ArrayList<>();
            state.add(host.lab().virsh("domstate", host.guest().name()));
            state.add(host.lab().virsh("domid", host.guest().name()));
            state.add(host.lab()
                    .virsh(
                            "dumpxml",
                            "--inactive",
                            "--security-info",
                            host.guest().name()));
            host.guest().disks().forEach(disk -> state.add(disk.file() + ": " + host.inImage(disk)));
            state.add(host.tree().toString());
            try (Stream<Path> files = Files.walk(lab.directory())) {
                files.map(Path::toString)
                        .filter(path ->
                                !path.matches(".*\\.(db|log|pid|sock|db-wal|db-shm)|.*/(run|log|cache|libvirt)(/.*)?"))
                        .sorted()
                        .forEach(state::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return state;
        }

        @Override
        public void close() {
            sleeper.close();
            host.snapshots().deleteAll(host.vm(), ADMIN).await();
            host.powerOff();
            host.assertImagesClean();
        }
    }
}
