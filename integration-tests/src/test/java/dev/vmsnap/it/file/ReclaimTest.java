package dev.vmsnap.it.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.storage.file.FileStorage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReclaimTest {
    private static final SnapshotId FIRST = SnapshotId.of("first");
    private static final int RAM = 0x51;

    private final ToolNode node = new ToolNode();
    private final FileStorage storage = new FileStorage();

    @TempDir
    Path directory;

    @Test
    void killedCommandsLeaveNothingBehindAReclaim() throws IOException, InterruptedException {
        Path image = Tools.image(directory, "image", "20G", "preallocation=metadata");
        Tools.fill(image, 1);
        List<Volume> volumes = volumes(image);
        storage.cut(volumes, SnapshotId.of("stays"), node);
        String[] actions = {"-c", "-a", "-d"};
        int unclean = 0;
        // How far a command comes in a time is the machine's business: until some kills have hit it in its work.
        for (int attempt = 0; attempt < 36 || (unclean == 0 && attempt < 360); attempt++) {
            Process process = new ProcessBuilder(
                            "qemu-img", "snapshot", actions[attempt % 3], "vmsnap-first", image.toString())
                    .redirectErrorStream(true)
                    .start();
            process.waitFor(5 + 2L * (attempt % 36), TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
            Tools.assertFilled(image, 1);
            if (Tools.attempt("qemu-img", "check", "-q", "-f", "qcow2", image.toString())
                            .exitCode()
                    != 0) {
                unclean++;
            }

            storage.reclaim(volumes, node);

            Tools.assertClean(image);
            assertThat(Tools.names(image)).contains("vmsnap-stays");
        }
        assertThat(unclean).as("kills that left something to do").isPositive();
        storage.delete(volumes, FIRST, node);
        storage.restore(volumes, SnapshotId.of("stays"), node);
        Tools.assertFilled(image, 1);
        Tools.assertClean(image);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "compat=0.10",
                "compat=1.1",
                "extended_l2=on",
                "cluster_size=4096",
                "cluster_size=2M",
                "refcount_bits=64",
                "lazy_refcounts=on",
                "preallocation=metadata"
            })
    void ramBehindTheEndIsFoundExactlyAndFreed(String option) {
        Path image = Tools.image(directory, "image", "600M", option);
        Tools.io(image, "write -P 1 0 1M", "write -z 100M 10M", "write -P 3 599M 1M");
        List<Volume> volumes = volumes(image);
        long before = Tools.allocatedOnHost(image);
        Tools.io(image, "write -b -P " + RAM + " 0 20M");
        long cluster = Tools.info(image).get("cluster-size").getAsLong();
        long leaked =
                storage.examine(volumes, node).get(0).asSeen().orElseThrow().leakedBytes();

        assertThat(leaked)
                .isBetween(Tools.clustersBehindTheEnd(image) * cluster, (20L << 20) + (1 << 20) + 2 * cluster);
        assertThat(Tools.clustersBehindTheEnd(image) * cluster).isBetween(20L << 20, (20L << 20) + cluster);

        storage.reclaim(volumes, node);

        assertThat(storage.examine(volumes, node).get(0).asSeen().orElseThrow().leakedBytes())
                .isZero();
        assertThat(Tools.clustersBehindTheEnd(image)).isZero();
        assertThat(Tools.allocatedOnHost(image)).isLessThan(before + (2 << 20) + 4 * cluster);
        assertThat(Tools.info(image).get("virtual-size").getAsLong()).isEqualTo(600L << 20);
        Tools.assertFilled(image, 1);
        assertThat(Tools.io(image, "read -P 3 599M 1M", "read -P 0 100M 10M")).doesNotContain("failed");
        Tools.assertClean(image);
    }

    @Test
    void aGuestWouldReadTheRamOfADiskThatGrowsAndReadsZerosAfterAReclaim() throws IOException {
        Path image = Tools.image(directory, "image", "512M");
        Tools.io(image, "write -b -P " + RAM + " 0 1M");
        Path reclaimed = directory.resolve("reclaimed");
        Files.copy(image, reclaimed);

        storage.reclaim(volumes(reclaimed), node);

        for (Path grown : List.of(image, reclaimed)) {
            Tools.run("qemu-img", "resize", "-q", "-f", "qcow2", grown.toString(), "1G");
        }
        assertThat(Tools.io(image, "read -P " + RAM + " 512M 1M")).doesNotContain("failed");
        assertThat(Tools.io(reclaimed, "read -P 0 512M 1M")).doesNotContain("failed");
    }

    @Test
    void aDiskThatHasGrownOverLeftOverRamIsShrunkToTheSizeThatItsVolumeStates() {
        Path image = Tools.image(directory, "image", "64M");
        Tools.io(image, "write -P 1 0 1M", "write -b -P " + RAM + " 0 20M");
        Tools.run("qemu-img", "resize", "-q", "-f", "qcow2", image.toString(), "700M");

        storage.reclaim(
                volumes(image).stream().map(v -> v.withVirtualBytes(64L << 20)).toList(), node);

        assertThat(Tools.info(image).get("virtual-size").getAsLong()).isEqualTo(64L << 20);
        assertThat(Tools.clustersBehindTheEnd(image)).isZero();
        assertThat(Tools.allocatedOnHost(image)).isLessThan(4L << 20);
        Tools.assertFilled(image, 1);
        Tools.assertClean(image);
    }

    @Test
    void snapshotsOutliveAReclaim() {
        Path image = Tools.image(directory, "image", "600M");
        List<Volume> volumes = volumes(image);
        Tools.fill(image, 1);
        storage.cut(volumes, FIRST, node);
        Tools.io(image, "write -b -P " + RAM + " 0 10M");
        storage.cut(volumes, SnapshotId.of("pins"), node);
        Tools.fill(image, 2);

        storage.reclaim(volumes, node);

        Tools.assertClean(image);
        Tools.assertFilled(image, 2);
        assertThat(Tools.names(image)).containsExactly("vmsnap-first", "vmsnap-pins");
        storage.restore(volumes, FIRST, node);
        Tools.assertFilled(image, 1);
        storage.delete(volumes, SnapshotId.of("pins"), node);
        storage.reclaim(volumes, node);
        assertThat(Tools.clustersBehindTheEnd(image)).isZero();
        Tools.assertClean(image);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void snapshotsAndBitmapsOutliveAReclaimThoughQemuWouldLoseThem(boolean invalidated) throws IOException {
        Path image = Tools.image(directory, "image", "512M");
        List<Volume> volumes = volumes(image);
        Tools.fill(image, 1);
        storage.cut(volumes, FIRST, node);
        Tools.run("qemu-img", "bitmap", "--add", "-f", "qcow2", image.toString(), "backup");
        Tools.io(image, "write -b -P " + RAM + " 0 10M");
        if (invalidated) {
            clearAutoclear(image);
        }
        Path naive = directory.resolve("naive");
        Files.copy(image, naive);
        Tools.attempt("qemu-img", "check", "-q", "-r", "leaks", "-f", "qcow2", naive.toString());
        assertThat(Tools.names(naive)).as("the bug that this is about").isEmpty();

        storage.reclaim(volumes, node);

        assertThat(Tools.names(image)).containsExactly("vmsnap-first");
        assertThat(storage.examine(volumes, node).get(0).asSeen().orElseThrow().leakedBytes())
                .as("no RAM behind the end")
                .isZero();
        if (!invalidated) {
            Tools.run("qemu-img", "bitmap", "--remove", "-f", "qcow2", image.toString(), "backup");
            storage.reclaim(volumes, node);
            Tools.assertClean(image);
            storage.restore(volumes, FIRST, node);
            Tools.assertFilled(image, 1);
        }
    }

    @Test
    void aDirtyImageIsPutInOrderAndKeepsItsSnapshots() {
        Path image = Tools.image(directory, "image", "512M", "lazy_refcounts=on");
        List<Volume> volumes = volumes(image);
        Tools.fill(image, 1);
        storage.cut(volumes, FIRST, node);
        Tools.attempt(
                "qemu-io",
                "-f",
                "qcow2",
                "-c",
                "write -P 2 0 1M",
                "-c",
                "write 9M 9M",
                "-c",
                "abort",
                image.toString());
        assertThat(Tools.info(image).get("dirty-flag").getAsBoolean()).isTrue();

        storage.reclaim(volumes, node);

        Tools.assertClean(image);
        Tools.assertFilled(image, 2);
        assertThat(Tools.names(image)).containsExactly("vmsnap-first");
    }

    @Test
    void aKillBetweenTheTwoWritesLeavesASoundImageForTheNextReclaim() throws IOException {
        Path image = Tools.image(directory, "image", "512M");
        Tools.fill(image, 1);
        Tools.io(image, "write -b -P " + RAM + " 0 10M");
        // What the first write does: the second entry of the active table, whose place the header tells.
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(40);
            long table = file.readLong();
            file.seek(table + 8);
            assertThat(file.readLong()).isNotZero();
            file.seek(table + 8);
            file.writeLong(0);
        }
        assertThat(Tools.attempt("qemu-img", "check", "-f", "qcow2", image.toString())
                        .exitCode())
                .isEqualTo(3);
        Tools.assertFilled(image, 1);

        storage.reclaim(volumes(image), node);

        Tools.assertClean(image);
        Tools.assertFilled(image, 1);
    }

    @Test
    void aSnapshotWithRamThatRunsOutOfSpaceGivesEverythingBack() throws IOException {
        try (SmallFileSystem small = SmallFileSystem.of(directory, 96)) {
            Path image = Tools.image(small.path(), "image", "64M");
            Tools.fill(image, 1);
            List<Volume> volumes = volumes(image);
            long before = small.freeBytes();

            assertThat(saveRam(image, "vmsnap-first")).contains("Error");

            assertThat(Tools.names(image)).isEmpty();
            assertThat(small.freeBytes()).isLessThan(before / 10);
            assertThat(storage.examine(volumes, node)
                            .get(0)
                            .asSeen()
                            .orElseThrow()
                            .leakedBytes())
                    .isGreaterThan(50L << 20);

            storage.delete(volumes, FIRST, node);

            assertThat(small.freeBytes()).isGreaterThan(before - (2 << 20));
            assertThat(Tools.clustersBehindTheEnd(image)).isZero();
            Tools.assertFilled(image, 1);
            Tools.assertClean(image);
        }
    }

    @Test
    void deletingASnapshotWithRamThatWasRestoredGivesItsRamBack() throws IOException {
        Path image = Tools.image(directory, "image", "64M");
        Tools.fill(image, 1);
        List<Volume> volumes = volumes(image);
        long before = Tools.allocatedOnHost(image);
        assertThat(saveRam(image, "vmsnap-first")).doesNotContain("Error");
        Tools.fill(image, 2);
        assertThat(storage.inspect(volumes, node)
                        .get(0)
                        .asSeen()
                        .orElseThrow()
                        .snapshots()
                        .get(FIRST)
                        .ramBytes())
                .isGreaterThan(100L << 20);

        storage.restore(volumes, FIRST, node);
        assertThat(storage.examine(volumes, node).get(0).asSeen().orElseThrow().leakedBytes())
                .as("the snapshot still uses it")
                .isZero();
        storage.delete(volumes, FIRST, node);

        Tools.assertFilled(image, 1);
        assertThat(Tools.clustersBehindTheEnd(image)).isZero();
        assertThat(Tools.allocatedOnHost(image)).isLessThan(before + (4 << 20));
        Tools.assertClean(image);
    }

    private static void clearAutoclear(Path image) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(88);
            file.writeLong(0);
        }
    }

    /** Lets a real machine with 128 MiB of incompressible RAM save itself into the image; returns what it said. */
    private String saveRam(Path image, String tag) throws IOException {
        byte[] noise = new byte[128 << 20];
        new Random(1).nextBytes(noise);
        Path ram = Files.write(directory.resolve("ram"), noise);
        Process machine = new ProcessBuilder(
                        "qemu-system-x86_64",
                        "-accel",
                        "tcg",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-S",
                        "-m",
                        "256",
                        "-device",
                        "loader,file=" + ram + ",addr=0x1000000,force-raw=on",
                        "-drive",
                        "file=" + image + ",format=qcow2,if=virtio",
                        "-monitor",
                        "stdio")
                .redirectErrorStream(true)
                .start();
        try (var monitor = machine.outputWriter()) {
            monitor.write("savevm " + tag + "\nquit\n");
        }
        String said = new String(machine.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        machine.onExit().join();
        return said;
    }

    private static List<Volume> volumes(Path image) {
        return List.of(ToolNode.volume("vda", image));
    }
}
