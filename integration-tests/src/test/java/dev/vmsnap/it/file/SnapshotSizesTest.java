package dev.vmsnap.it.file;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.file.FileStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What snapshots are said to take, compared with what deleting them gives back. */
final class SnapshotSizesTest {
    private static final long SEED = Long.getLong("sizes.seed", 4711);
    private static final SnapshotId FIRST = SnapshotId.of("first");
    private static final SnapshotId SECOND = SnapshotId.of("second");
    private static final int AREA = 16 << 20;
    private static final List<Long> AREAS = List.of(0L, 700L << 20, 2000L << 20);

    private final ToolNode node = new ToolNode();
    private final FileStorage storage = new FileStorage();

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster_size=512,refcount_bits=64",
                "compat=0.10,preallocation=metadata",
                "cluster_size=4096,backing_fmt=raw"
            })
    void eachDeletionFreesExactlyWhatWasSaid(String option) throws IOException {
        Random random = new Random(SEED + option.hashCode());
        Path image = image(option, random);
        List<Volume> volumes = volumes(image);
        List<SnapshotId> snapshots = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Tools.io(image, changes(image, random, 12));
            snapshots.add(SnapshotId.of("s" + i));
            storage.cut(volumes, snapshots.get(i), node);
            if (random.nextInt(3) == 0) {
                storage.restore(volumes, snapshots.get(random.nextInt(snapshots.size())), node);
            }
        }
        Tools.io(image, changes(image, random, 12));
        Tools.run("qemu-img", "snapshot", "-c", "somebody else's", image.toString());
        Tools.io(image, changes(image, random, 4));

        long all = examine(image).snapshotBytes().orElseThrow();
        long start = Refcounts.bytesInUse(image);
        while (!snapshots.isEmpty()) {
            SnapshotId id = snapshots.remove(random.nextInt(snapshots.size()));
            long before = Refcounts.bytesInUse(image);
            VolumeState.Part part = examine(image).snapshots().get(id);
            storage.delete(volumes, id, node);
            assertThat(before - Refcounts.bytesInUse(image))
                    .as("freed by deleting %s before %s, with seed %d", id, snapshots, SEED)
                    .isEqualTo(part.freedBytes().orElseThrow())
                    .isEqualTo(part.usedBytes().orElseThrow());
        }
        Tools.run("qemu-img", "snapshot", "-d", "somebody else's", image.toString());

        assertThat(start - Refcounts.bytesInUse(image))
                .as("all of them, with seed %d", SEED)
                .isEqualTo(all)
                .isPositive();
        assertThat(examine(image).snapshotBytes()).hasValue(0);
        Tools.assertClean(image);
    }

    @Test
    void ofClustersWithPartsThePartsThatHoldSomethingCount() {
        Path image = Tools.image(directory, "image", "3G", "cluster_size=128k", "extended_l2=on");
        List<Volume> volumes = volumes(image);
        Tools.io(image, "write 0 32k", "write 1M 4k", "write 2000M 132k", "write -z 2001M 1M");
        storage.cut(volumes, FIRST, node);
        Tools.io(image, "write 4k 4k", "write 2000M 4k");
        storage.cut(volumes, SECOND, node);
        Tools.io(image, "write 8k 4k");

        // Of the cluster that its table of tables has, and of the one that the list of snapshots has, a block is in
        // use.
        long unused = (128 - 4) << 10;
        for (SnapshotId id : List.of(FIRST, SECOND)) {
            long said = alone(image, id);
            long before = Tools.allocatedOnHost(image);
            storage.delete(volumes, id, node);
            assertThat(before - Tools.allocatedOnHost(image)).isEqualTo(said - (id.equals(FIRST) ? 1 : 2) * unused);
        }
    }

    @Test
    void aClusterOfTheFileThatSeveralCompressedOnesShareIsNoSnapshotsAlone() {
        Path image = Tools.image(directory, "image", "3G");
        Tools.io(image, "write -c -P 1 0 64k", "write -c -P 2 700M 64k");
        storage.cut(volumes(image), FIRST, node);
        long before = alone(image, FIRST);
        Tools.io(image, "discard 0 64k");

        assertThat(alone(image, FIRST) - before).as("one table").isEqualTo(1 << 16);

        Tools.io(image, "discard 700M 64k");
        assertThat(alone(image, FIRST) - before)
                .as("two tables and the cluster")
                .isEqualTo(3 << 16);
    }

    @Test
    void ramIsTheSnapshotsAndIsFreedWithItThoughTheActiveStateHasItToo() throws IOException {
        Path image = Tools.image(directory, "image", "64M");
        Tools.fill(image, 1);
        assertThat(saveRam(image, "vmsnap-first")).doesNotContain("Error");
        Tools.fill(image, 2);
        assertThat(alone(image, FIRST)).isBetween(9L << 20, 16L << 20);

        storage.restore(volumes(image), FIRST, node);

        assertThat(alone(image, FIRST)).isBetween(8L << 20, 15L << 20);
        storage.cut(volumes(image), SECOND, node);
        assertThat(alone(image, FIRST)).as("the second one holds the RAM too").isLessThan(1 << 20);
        assertThat(examine(image).snapshotBytes().orElseThrow()).isGreaterThan(8L << 20);
        storage.delete(volumes(image), SECOND, node);
        long freed = alone(image, FIRST);
        long before = Refcounts.bytesInUse(image);
        storage.delete(volumes(image), FIRST, node);
        assertThat(before - Refcounts.bytesInUse(image)).isEqualTo(freed).isGreaterThan(8L << 20);
    }

    /** Lets a real machine with 8 MiB of incompressible RAM save itself into the image; returns what it said. */
    private String saveRam(Path image, String tag) throws IOException {
        byte[] noise = new byte[8 << 20];
        new Random(SEED).nextBytes(noise);
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
                        "32",
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

    private long alone(Path image, SnapshotId id) {
        return examine(image).snapshots().get(id).freedBytes().orElseThrow();
    }

    private Path image(String option, Random random) throws IOException {
        byte[] halfNoise = new byte[2 << 20];
        random.nextBytes(halfNoise);
        for (int at = 0; at < halfNoise.length; at++) {
            halfNoise[at] = at % 1024 < 512 ? 0 : halfNoise[at];
        }
        Files.write(directory.resolve("noise"), halfNoise);
        if (!option.contains("backing")) {
            return Tools.image(directory, "image", "3G", option);
        }
        Path base = Files.write(directory.resolve("base"), halfNoise);
        return Tools.image(directory, "image", "3G", option, "backing_file=" + base);
    }

    /** What a guest does to its disk, and a copying tool to a compressed one. */
    private String[] changes(Path image, Random random, int count) {
        int cluster = Tools.info(image).get("cluster-size").getAsInt();
        List<String> commands = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long area = AREAS.get(random.nextInt(AREAS.size()));
            long at = area + (long) random.nextInt(AREA / cluster) * cluster;
            long length = (1L + random.nextInt(Math.min(40, Math.max(1, (4 << 20) / cluster)))) * cluster;
            String data = random.nextBoolean() ? "-P " + (1 + random.nextInt(250)) : "-s " + directory.resolve("noise");
            switch (random.nextInt(7)) {
                case 0, 1 -> commands.add("write -P " + (1 + i) + " " + at + " " + length);
                case 2 -> commands.add("write -P " + (1 + i) + " " + (at + 512L * random.nextInt(64)) + " 512");
                case 3 -> commands.add("write -z " + at + " " + length);
                case 4 -> commands.add("write -z -u " + at + " " + length);
                case 5 -> commands.add("discard " + at + " " + length);
                default -> {
                    // Nothing that is there can be overwritten so.
                    commands.add("discard " + at + " " + 5L * cluster);
                    for (int next = 0; next < 5; next++) {
                        commands.add("write -c " + data + " " + (at + (long) next * cluster) + " " + cluster);
                    }
                }
            }
        }
        return commands.toArray(String[]::new);
    }

    private VolumeState.Seen examine(Path image) {
        return storage.examine(volumes(image), node).get(0).asSeen().orElseThrow();
    }

    private static List<Volume> volumes(Path image) {
        return List.of(ToolNode.volume("vda", image));
    }
}
