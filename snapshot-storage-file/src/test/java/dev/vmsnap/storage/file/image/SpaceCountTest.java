package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.spi.Commands;
import dev.vmsnap.storage.file.image.DrawnImage.Saved;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clusters here have 512 bytes; the list of snapshots takes one. */
final class SpaceCountTest {
    private static final int CLUSTER = DrawnImage.CLUSTER;
    private static final int SLOTS = DrawnImage.SLOTS;
    private static final long COMPRESSED = 1L << 62;

    private final FakeImages images = new FakeImages();
    private final FakeImages.Image file = images.add("/a");
    private final DrawnImage image = new DrawnImage();

    @Test
    void whatEachSnapshotHasForItselfIsTold() {
        long shared = image.cluster();
        long both = image.cluster();
        image.active(image.state(Map.of(0, shared, 1, image.cluster())));
        image.snapshots(
                new Saved("a", image.state(Map.of(0, shared, 1, image.cluster(), 2, both))),
                new Saved("b", image.state(Map.of(0, shared, 1, image.cluster(), 2, both))));

        SnapshotSpace space = count().orElseThrow();

        assertThat(space.of("a"))
                .as("a cluster, its table, and the table of that")
                .hasValue(3 * CLUSTER);
        assertThat(space.of("b")).hasValue(3 * CLUSTER);
        assertThat(space.together()).as("what they share, and the list too").isEqualTo(8 * CLUSTER);
    }

    @Test
    void aTableThatTheActiveStateSharesIsNotEvenRead() {
        Map<Integer, Long> entries = Map.of(0, image.cluster(), SLOTS, image.cluster());
        image.active(image.state(entries)).snapshots(new Saved("a", image.state(entries)));

        assertThat(count().orElseThrow().of("a")).hasValue(2 * CLUSTER);

        assertThat(images.commands.stream().filter(FakeImages::isRead).map(command -> (command.size() - 5) / 2))
                .as("header, list, both tables of tables at once, header and list at once")
                .containsExactly(1, 1, 2, 2);
    }

    @Test
    void flagsAreNoPartOfAnOffset() {
        long kept = image.cluster();
        image.active(image.state(Map.of(0, 1L << 63 | kept)));
        image.snapshots(new Saved("a", image.state(Map.of(0, kept, 1, image.cluster() | 1, 2, 1L))));

        assertThat(count().orElseThrow().of("a"))
                .as("a cluster of zeros counts where it has a place")
                .hasValue(4 * CLUSTER);
    }

    @Test
    void ramBehindTheEndOfTheActiveStateIsTheSnapshots() {
        Map<Integer, Long> withRam = Map.of(0, image.cluster(), 2 * SLOTS, image.cluster());
        image.active(image.state(withRam)).snapshots(new Saved("a", image.state(withRam)));
        assertThat(count().orElseThrow().of("a")).hasValue(2 * CLUSTER);

        image.put(24, 2L * SLOTS * CLUSTER);

        assertThat(count().orElseThrow().of("a")).hasValue(4 * CLUSTER);
    }

    @Test
    void aCompressedClusterTakesWhatItsSectorsTouch() {
        long first = image.cluster();
        image.cluster();
        image.active(image.state(Map.of()));
        image.snapshots(new Saved("a", image.state(Map.of(0, COMPRESSED | 1L << 61 | first + 300))));

        assertThat(count().orElseThrow().of("a")).hasValue(5 * CLUSTER);
    }

    @Test
    void compressedClustersAnywhereOnTheDiskShareAClusterOfTheFile() {
        long shared = image.cluster();
        Map<Integer, Long> active = Map.of(SLOTS, COMPRESSED | shared + 100);
        Map<Integer, Long> saved = new HashMap<>(active);
        saved.put(0, COMPRESSED | shared);
        image.active(image.state(active)).snapshots(new Saved("a", image.state(saved)));

        assertThat(count().orElseThrow().of("a")).hasValue(3 * CLUSTER);
    }

    @Test
    void ofANameThatIsThereTwiceNothingIsTold() {
        image.active(image.state(Map.of()));
        image.snapshots(
                new Saved("a", image.state(Map.of())),
                new Saved("b", image.state(Map.of())),
                new Saved("a", image.state(Map.of())));

        SnapshotSpace space = count().orElseThrow();

        assertThat(space.alone()).isEqualTo(Map.of("b", (long) CLUSTER));
        assertThat(space.together()).isEqualTo(4 * CLUSTER);
    }

    @Test
    void aSnapshotThatMadeTheListLongerMakesItShorterAgain() {
        Saved[] all = new Saved[7];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Saved("snapshot " + i, image.state(Map.of()));
        }
        image.active(image.state(Map.of())).snapshots(all);

        SnapshotSpace space = count().orElseThrow();

        assertThat(space.of("snapshot 3")).hasValue(2 * CLUSTER);
        assertThat(space.together()).isEqualTo((7 + 2) * CLUSTER);
    }

    @Test
    void aThousandSnapshotsAreToldApart() {
        Saved[] all = new Saved[1000];
        for (int i = 0; i < all.length; i++) {
            all[i] = new Saved("s" + i, image.state(Map.of(0, image.cluster())));
        }
        image.active(image.state(Map.of())).snapshots(all);

        SnapshotSpace space = count().orElseThrow();

        assertThat(space.alone()).hasSize(1000);
        assertThat(space.of("s999").orElseThrow()).isBetween(3L * CLUSTER, 4L * CLUSTER);
        assertThat(space.together()).isGreaterThanOrEqualTo(3000L * CLUSTER);
    }

    @Test
    void clustersBehindTheEndOfTheFileTakeNothing() {
        image.active(image.state(Map.of()));
        image.snapshots(new Saved("a", image.state(Map.of(0, 1L << 40, 1, COMPRESSED | 1L << 50))));

        assertThat(count().orElseThrow().of("a")).hasValue(3 * CLUSTER);
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "too many snapshots,    60, 70000",
        "a negative number,     60, -1",
        "none at all,           60, 0",
        "no magic,              0, 0",
        "a size out of bounds,  20, 40",
        "an endless table,      36, 2147483647"
    })
    void aHeaderThatMakesNoSenseTellsNothing(String what, int offset, int value) {
        drawSomething().putInt(offset, value);

        assertThat(count()).as(what).isEmpty();
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "a list behind the end,           64, 1099511627776",
        "a list before the beginning,     64, -512",
        "a table of tables far away,      40, 1152921504606846976",
        "a feature that is not known,     72, 1024"
    })
    void aPlaceThatCannotBeTellsNothing(String what, int offset, long value) {
        drawSomething().put(offset, value);

        assertThat(count()).as(what).isEmpty();
    }

    @ParameterizedTest(name = "{0} at {1}")
    @CsvSource({
        "a table before the beginning,    0, -512",
        "a table that is not aligned,     0, 1027",
        "a table that is too long,        8, 9223372036854775807",
        "extra data without an end,       36, -1"
    })
    void aSnapshotThatMakesNoSenseTellsNothing(String what, int offset, long value) {
        drawSomething();
        image.put(ByteBuffer.wrap(image.file()).getLong(64) + offset, value);

        assertThat(count()).as(what).isEmpty();
    }

    @Test
    void aTableThatIsNotAlignedOrNotThereTellsNothing() {
        for (long table : new long[] {1L << 40, Long.MAX_VALUE & 0x00ff_ffff_ffff_fe00L}) {
            long state = image.state(Map.of());
            image.put(state, table).active(image.state(Map.of())).snapshots(new Saved("a", state));

            assertThat(count()).isEmpty();
        }
    }

    @Test
    void tablesThatNameThemselvesHaveAnEnd() {
        long table = image.cluster();
        for (int slot = 0; slot < SLOTS; slot++) {
            image.put(table + (long) slot * Long.BYTES, table);
        }
        image.active(image.state(Map.of())).snapshots(new Saved("a", table));

        assertThat(count().orElseThrow().of("a")).as("it and the list").hasValue(2 * CLUSTER);
    }

    @Test
    void aDiskWithoutEndHasNothingBehindIt() {
        Map<Integer, Long> entries = Map.of(0, image.cluster(), 2 * SLOTS, image.cluster());
        image.active(image.state(entries)).snapshots(new Saved("a", image.state(entries)));
        image.put(24, Long.MAX_VALUE);

        assertThat(count().orElseThrow().of("a")).hasValue(2 * CLUSTER);
    }

    @Test
    void aCountThatTakesTooLongTellsNothing() {
        drawSomething();
        Clock hasty = new Clock() {
            private Instant now = Instant.EPOCH;

            @Override
            public Instant instant() {
                now = now.plusSeconds(31);
                return now;
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };

        assertThat(count(images, hasty)).isEmpty();
    }

    @Test
    void snapshotsThatChangeMeanwhileTellNothing() {
        drawSomething();
        Commands meddling = command -> {
            Commands.Result result = images.run(command);
            if (images.commands.size() == 5) {
                ByteBuffer.wrap(file.bytes).putInt(60, 2);
            }
            return result;
        };

        assertThat(count(meddling, Clock.systemUTC())).isEmpty();
    }

    @Test
    void aNodeThatFailsTellsNothing() {
        drawSomething();
        images.failWhen(
                tool -> FakeImages.isRead(tool) && tool.size() > 7, "dd: error reading '/a': Input/output error");

        assertThat(count()).isEmpty();
    }

    private DrawnImage drawSomething() {
        image.active(image.state(Map.of(0, image.cluster())));
        return image.snapshots(new Saved("a", image.state(Map.of(0, image.cluster()))));
    }

    private Optional<SnapshotSpace> count() {
        return count(images, Clock.systemUTC());
    }

    private Optional<SnapshotSpace> count(Commands commands, Clock clock) {
        file.bytes = image.file();
        ImageBytes bytes = new ImageBytes(commands, Duration.ofMinutes(1));
        return new SpaceCount(bytes, clock, Duration.ofMinutes(1)).of(new ImageNode("/a"));
    }
}
