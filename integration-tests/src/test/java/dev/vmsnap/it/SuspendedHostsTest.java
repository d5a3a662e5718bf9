package dev.vmsnap.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.Volume;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Managers of a guest on images are suspended in the middle of their verbs, and change nothing when they wake up. */
final class SuspendedHostsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aRestoreThatWasSuspendedRightBeforeQemuImgRollsNothingBack() throws Exception {
        try (SuspensionTrials trials = new Images(false).trials()) {
            trials.at("restore", "snapshot -a");
        }
    }

    @Test
    void aRestoreThatWasSuspendedRightBeforeItStopsTheGuestStopsNothing() throws Exception {
        try (SuspensionTrials trials = new Images(true).trials()) {
            trials.at("restore", "stop");
            assertThat(trials.outcomes()).containsOnlyKeys("LEASE_LOST");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "create,false",
        "restore,false",
        "delete,false",
        "delete-all,false",
        "edit,false",
        "clone,false",
        "migrate,false",
        "rebuild,false",
        "create,true",
        "create-ram,true",
        "restore,true",
        "restore-ram,true",
        "delete-ram,true",
        "delete-all,true",
        "edit,true",
        "clone,true",
        "rebuild,true"
    })
    @Tag("nightly")
    void whereverAManagerIsSuspendedItChangesNothingAfterwards(String verb, boolean running) throws Exception {
        try (SuspensionTrials trials = new Images(running).trials()) {
            int suspended = trials.everywhere(verb, 1, Integer.MAX_VALUE);
            trials.anywhere(verb, 5);
            assertThat(suspended).isGreaterThan(2);
        }
    }

    /** A guest on images of the node, which can be migrated to a second daemon. */
    private final class Images implements SuspensionTrials.Scene {
        private final List<String> uris = List.of(lab.uri(), lab.anotherDaemon().uri());
        private final boolean running;
        private final Host host;
        private List<Path> disks;
        private int written;

        Images(boolean running) {
            this.running = running;
            TickerGuest guest = TickerGuest.in(lab.directory(), lab.newName(), 2);
            this.host = Host.of(lab, guest, builder -> builder.leaseTime(SuspendedHost.LEASE)
                    .waitWhenBusy(PATIENCE)
                    .node("node-2", KvmHypervisor.connect(uris.get(1))));
            this.disks = guest.disks().stream().map(disk -> disk.file()).toList();
            if (running) {
                host.boot();
            }
        }

        SuspensionTrials trials() {
            lab.cleanUp(this::assertClean);
            return new SuspensionTrials(
                    this,
                    SuspendedHost.start(
                            Map.of("node-1", uris.get(0), "node-2", uris.get(1)), "", Host.store(lab), host.vm()));
        }

        private void assertClean() {
            if (running) {
                host.powerOff();
            }
            disks.forEach(disk -> Shell.run("qemu-img", "check", "-f", "qcow2", disk.toString()));
        }

        @Override
        public String toString() {
            return "images, " + (running ? "running" : "off");
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
            return Host.store(lab);
        }

        @Override
        public Map<String, String> copies(int number) {
            return Map.of("vda", copy(number, "vda"), "vdb", copy(number, "vdb"));
        }

        private String copy(int number, String target) {
            return lab.directory().resolve("copy-" + number + "-" + target).toString();
        }

        /** Nothing has to be brought back: it goes to and fro. */
        @Override
        public String migration() {
            boolean here = virsh(0, "domstate").exitCode() == 0;
            try {
                Path there = Files.createDirectories(lab.directory().resolve("images-" + (here ? 2 : 1)));
                List<String> words = new ArrayList<>(List.of(here ? "node-2" : "node-1"));
                for (int i = 0; i < disks.size(); i++) {
                    Path disk = images(here ? 0 : 1).get(i);
                    Path copy = there.resolve(disk.getFileName());
                    Files.copy(disk, copy, StandardCopyOption.REPLACE_EXISTING);
                    words.add((i == 0 ? "vda=" : "vdb=") + copy);
                }
                return String.join(" ", words);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private List<Path> images(int node) {
            return virsh(node, "domblklist")
                    .output()
                    .lines()
                    .map(line -> Path.of(line.strip().split("\\s+")[1]))
                    .toList();
        }

        @Override
        public void change(List<Volume> now) {
            disks = now.stream().map(volume -> Path.of(volume.source())).toList();
            if (running) {
                host.tickOn();
            } else {
                written = written % 250 + 1;
                disks.forEach(disk -> io(disk, "write -P " + written + " 1M 64k"));
            }
        }

        @Override
        public void assertChanged(String where) {
            if (running) {
                host.tickOn();
            } else {
                disks.forEach(disk -> assertThat(io(disk, "read -P " + written + " 1M 64k"))
                        .as(where)
                        .doesNotContain("failed"));
            }
        }

        private String io(Path disk, String command) {
            return Shell.run("qemu-io", "-f", "qcow2", "-c", command, disk.toString());
        }

        @Override
        public List<String> state() {
            List<String> state = new ArrayList<>();
            for (int node = 0; node < uris.size(); node++) {
                state.add(virsh(node, "domstate").toString());
                state.add(virsh(node, "domid").toString());
                state.add(
                        virsh(node, "dumpxml", "--inactive", "--security-info").toString());
            }
            for (String file : files()) {
                state.add(file);
                if (file.endsWith(".qcow2")) {
                    state.add(Shell.run("qemu-img", "snapshot", "-U", "-l", file));
                }
            }
            return state;
        }

        private List<String> files() {
            try (Stream<Path> files = Files.walk(lab.directory())) {
                return files.map(Path::toString)
                        .filter(path ->
                                !path.matches(".*\\.(db|log|pid|sock|db-wal|db-shm)|.*/(run|log|cache|libvirt)(/.*)?"))
                        .sorted()
                        .toList();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private Shell.Outcome virsh(int node, String command, String... options) {
            List<String> words = new ArrayList<>(List.of("virsh", "-q", "-c", uris.get(node), command));
            words.addAll(List.of(options));
            words.add(host.guest().name());
            return Shell.attempt(words.toArray(String[]::new));
        }
    }
}
