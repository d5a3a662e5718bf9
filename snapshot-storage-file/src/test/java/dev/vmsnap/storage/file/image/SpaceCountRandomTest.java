package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.storage.file.image.DrawnImage.Saved;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random images, counted by sets of everything that their tables name; and the same images, damaged. */
final class SpaceCountRandomTest {
    private static final long OFFSET = 0x00ff_ffff_ffff_fe00L;
    private static final int CLUSTER = DrawnImage.CLUSTER;

    private final FakeImages images = new FakeImages();
    private final FakeImages.Image file = images.add("/a");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void theCountIsThatOfSets(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            int snapshots = 1 + random.nextInt(6);
            file.bytes = drawn(random, snapshots);

            assertThat(count()).as("seed %d, round %d", seed, round).contains(expected(file.bytes, snapshots));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whateverIsDamagedTheFiguresAreNotLargerThanTheFile(long seed) {
        Random random = new Random(seed);
        int told = 0;
        for (int round = 0; round < 300; round++) {
            byte[] bytes = drawn(random, 3);
            for (int damage = 0; damage < 1 + random.nextInt(5); damage++) {
                int at = random.nextInt(4) == 0 ? random.nextInt(CLUSTER) : random.nextInt(bytes.length);
                bytes[at] = (byte) random.nextInt();
            }
            file.bytes = bytes;

            Optional<SnapshotSpace> space = count();

            told += space.isPresent() ? 1 : 0;
            assertThat(space.map(SnapshotSpace::together).orElse(0L)).isBetween(0L, (long) bytes.length);
            assertThat(space.map(SnapshotSpace::alone).orElse(Map.of()).values())
                    .allSatisfy(alone -> assertThat(alone).isBetween(0L, (long) bytes.length));
        }
        assertThat(told).isBetween(1, 299);
    }

    /** A history of writes, discards, snapshots and restores. */
    private static byte[] drawn(Random random, int snapshots) {
        DrawnImage image = new DrawnImage();
        Map<Integer, Long> active = new HashMap<>();
        List<Map<Integer, Long>> saved = new ArrayList<>();
        while (saved.size() < snapshots) {
            change(image, active, random);
            saved.add(Map.copyOf(active));
            if (random.nextInt(3) == 0) {
                active = new HashMap<>(saved.get(random.nextInt(saved.size())));
            }
        }
        change(image, active, random);
        Saved[] all = new Saved[snapshots];
        for (int i = 0; i < snapshots; i++) {
            all[i] = new Saved("s" + i, image.state(saved.get(i)));
        }
        return image.active(image.state(active)).snapshots(all).file();
    }

    private static void change(DrawnImage image, Map<Integer, Long> active, Random random) {
        long packed = image.cluster();
        image.cluster();
        boolean compressing = random.nextInt(3) == 0;
        for (int i = random.nextInt(40); i > 0; i--) {
            int slot = random.nextInt(DrawnImage.SLOTS * 5);
            switch (random.nextInt(4)) {
                case 0 -> active.remove(slot);
                case 1 ->
                    active.put(
                            slot,
                            compressing
                                    ? 1L << 62 | (random.nextLong() & 1) << 61 | packed + random.nextInt(CLUSTER)
                                    : image.cluster() | 1);
                default -> active.put(slot, image.cluster());
            }
        }
    }

    private static SnapshotSpace expected(byte[] bytes, int snapshots) {
        ByteBuffer file = ByteBuffer.wrap(bytes);
        Set<Long> active = named(file, file.getLong(40));
        List<Set<Long>> saved = new ArrayList<>();
        for (int i = 0; i < snapshots; i++) {
            saved.add(named(file, file.getLong((int) file.getLong(64) + i * 72)));
        }
        Set<Long> together = new HashSet<>();
        Map<String, Long> alone = new HashMap<>();
        for (int i = 0; i < snapshots; i++) {
            Set<Long> own = new HashSet<>(saved.get(i));
            own.removeAll(active);
            together.addAll(own);
            for (int other = 0; other < snapshots; other++) {
                if (other != i) {
                    own.removeAll(saved.get(other));
                }
            }
            alone.put("s" + i, (own.size() + (snapshots == 1 ? 1L : 0)) * CLUSTER);
        }
        return new SnapshotSpace(alone, (together.size() + 1L) * CLUSTER);
    }

    private static Set<Long> named(ByteBuffer file, long state) {
        Set<Long> all = new HashSet<>(Set.of(state / CLUSTER));
        for (int place = 0; place < DrawnImage.PLACES; place++) {
            long table = file.getLong((int) state + place * Long.BYTES);
            for (int slot = 0; slot < DrawnImage.SLOTS && table != 0; slot++) {
                all.add(table / CLUSTER);
                long entry = file.getLong((int) table + slot * Long.BYTES);
                if (entry >>> 62 == 1) {
                    long first = (entry & OFFSET) / CLUSTER;
                    all.add(first);
                    all.add(first + (entry >>> 61 & 1));
                } else if ((entry & OFFSET) != 0) {
                    all.add((entry & OFFSET) / CLUSTER);
                }
            }
        }
        return all;
    }

    private Optional<SnapshotSpace> count() {
        ImageBytes bytes = new ImageBytes(images, Duration.ofMinutes(1));
        return new SpaceCount(bytes, Clock.systemUTC(), Duration.ofMinutes(1)).of(new ImageNode("/a"));
    }
}
