package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PublishTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000000006Z");
    private static final SnapshotId ROOT = SnapshotId.of("root");
    private static final SnapshotId LEAF = SnapshotId.of("leaf");
    private static final Volume A = FakeNode.volume("vda", "/guests/a").withVirtualBytes(5);
    private static final Volume B = FakeNode.volume("vdb", "/guests/b");
    private static final Volume ELSEWHERE = FakeNode.volume("vdc", "/c");
    private static final String NAME = FakeNode.VM + ".test-store.json";
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final FakeNode node = new FakeNode();
    private final ImageVolumes storage = new ImageVolumes(Duration.ofMinutes(1), Clock.fixed(NOW, ZoneOffset.UTC));

    @TempDir
    private Path directory;

    private Volume a;
    private Volume b;
    private Volume elsewhere;
    private Path ours;

    @BeforeEach
    void realDirectories() throws IOException {
        node.tools = Optional.of(new Shell());
        Files.createDirectory(directory.resolve("other"));
        a = A.withSource(directory + "/a");
        b = B.withSource(directory + "/b");
        elsewhere = ELSEWHERE.withSource(directory + "/other/c");
        ours = directory.resolve(".vmsnap");
    }

    @Test
    void itLiesInEachDirectoryThatHoldsADisk() throws IOException {
        String text = "]]>&xxe; half \ud83d of a pair";
        VmRecord record = record(text);
        Map<SnapshotId, VmConfiguration> texts = Map.of(ROOT, new VmConfiguration(text + "<p/>", text + "<l/>"));

        storage.publish(List.of(a, b, elsewhere), copy(record, texts), Set.of(), node);

        for (Path place : List.of(ours, directory.resolve("other/.vmsnap"))) {
            assertThat(names(place)).containsExactly(NAME);
            assertThat(Manifest.read(Files.readString(place.resolve(NAME)))).isEqualTo(copy(record, texts));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place)))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(place.resolve(NAME))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void anEmptyTreeRemovesIt() {
        storage.publish(List.of(a, elsewhere), copy(record("n"), Map.of()), Set.of(), node);

        storage.publish(
                List.of(a, elsewhere),
                copy(VmRecord.of(FakeNode.VM).withRevision(7), Map.of()),
                Set.of(ROOT, LEAF),
                node);

        assertThat(ours).doesNotExist();
        assertThat(directory.resolve("other/.vmsnap")).doesNotExist();
    }

    @Test
    void aDirectoryOfDisksThatIsGoneIsAFailure() {
        Volume gone = A.withSource(directory + "/gone/a");

        assertThatThrownBy(() -> storage.publish(List.of(gone), copy(record("n"), Map.of()), Set.of(), node))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.MISSING));
    }

    @Test
    void theRecordsOfAnotherStoreAreNeitherReplacedNorRemoved() throws IOException {
        Files.createDirectory(ours, PRIVATE);
        Path other = Files.writeString(ours.resolve(FakeNode.VM + ".other-store.json"), "theirs");

        storage.publish(List.of(a), copy(record("n"), Map.of()), Set.of(), node);
        storage.publish(List.of(a), copy(VmRecord.of(FakeNode.VM).withRevision(7), Map.of()), Set.of(), node);

        assertThat(other).hasContent("theirs");
        assertThat(names(ours)).hasSize(1);
    }

    @Test
    void olderRecordsOfOurOwnGoOnceTheNewOnesAreThere() throws IOException {
        Files.createDirectory(ours, PRIVATE);
        Files.writeString(ours.resolve(FakeNode.VM + ".json"), Manifest.text(copy(record("n"), Map.of())));

        storage.publish(List.of(a), copy(record("m"), Map.of()), Set.of(), node);

        assertThat(names(ours)).containsExactly(NAME);
    }

    @Test
    void olderRecordsThatNameWhatNobodyElseKnowsStay() throws IOException {
        Files.createDirectory(ours, PRIVATE);
        Path older = Files.writeString(ours.resolve(FakeNode.VM + ".json"), Manifest.text(copy(record("n"), Map.of())));

        Files.createFile(directory.resolve("a"));
        Shell shell = new Shell();
        node.tools = Optional.of(
                command -> FakeImages.tool(command.arguments()).get(0).equals("qemu-img")
                        ? new Commands.Result(1, "", "no memory")
                        : shell.run(command));

        storage.publish(List.of(a), copy(VmRecord.of(FakeNode.VM).withRevision(7), Map.of()), Set.of(), node);

        assertThat(older)
                .as("the image cannot be inspected, and may hold what they name")
                .exists();
        Files.writeString(older, "not ours");
        storage.publish(List.of(a), copy(record("m"), Map.of()), Set.of(), node);
        assertThat(older).hasContent("not ours");
    }

    @Test
    void newerRecordsOfTheSameStoreStayBesideTheOlderOnesUntilThoseKnowAsMuch() throws IOException {
        storage.publish(List.of(a), copy(record("new").withRevision(9), Map.of()), Set.of(), node);

        storage.publish(List.of(a), copy(record("old"), Map.of()), Set.of(), node);
        storage.publish(List.of(a), copy(record("old"), Map.of()), Set.of(), node);

        assertThat(names(ours)).hasSize(2);
        assertThat(revisions()).containsExactlyInAnyOrder(9L, 7L);
        storage.publish(List.of(a), copy(record("all").withRevision(9), Map.of()), Set.of(), node);
        assertThat(names(ours)).containsExactly(NAME);
    }

    @Test
    void recordsOfSnapshotsThatAreStillInAnImageStayBesideTheNewOnes() throws IOException {
        Shell shell = new Shell();
        node.tools = Optional.of(command -> command.arguments().get(0).equals("qemu-img")
                ? new Commands.Result(1, "", "no memory")
                : shell.run(command));
        Files.createFile(directory.resolve("a"));
        storage.publish(List.of(a), copy(record("n"), Map.of()), Set.of(), node);
        VmRecord other = record("n")
                .withTree(SnapshotTree.empty(FakeNode.VM)
                        .grow(snapshot(SnapshotId.of("other"), Optional.empty(), "other")));

        storage.publish(List.of(a), copy(other.withRevision(8), Map.of()), Set.of(ROOT), node);

        assertThat(revisions())
                .as("the image cannot be inspected, and may hold the leaf")
                .containsExactlyInAnyOrder(7L, 8L);
        storage.publish(List.of(a), copy(other.withRevision(8), Map.of()), Set.of(ROOT, LEAF), node);
        assertThat(revisions()).containsExactly(8L);
    }

    @Test
    void anEmptyTreeLeavesRecordsThatKnowMore() throws IOException {
        storage.publish(List.of(a), copy(record("n").withRevision(9), Map.of()), Set.of(), node);

        storage.publish(List.of(a), copy(VmRecord.of(FakeNode.VM), Map.of()), Set.of(ROOT, LEAF), node);

        assertThat(revisions()).containsExactly(9L);
    }

    @Test
    void whatIsWrittenBetweenReadingAndWritingIsNotLost() throws IOException {
        Shell shell = new Shell();
        String newer = Manifest.text(copy(record("newer").withRevision(9), Map.of()));
        node.tools = Optional.of(command -> {
            if (!command.input().isEmpty() && Files.notExists(ours.resolve(NAME))) {
                planted(newer);
            }
            return shell.run(command);
        });

        storage.publish(List.of(a), copy(record("n"), Map.of()), Set.of(), node);

        assertThat(revisions()).containsExactlyInAnyOrder(9L, 7L);
    }

    @Test
    void recordsThatCannotBeReadAreNamedAndThoseOfAnotherVmLeftOut() throws IOException {
        storage.publish(List.of(a), copy(record("n"), Map.of()), Set.of(), node);
        Files.writeString(ours.resolve(FakeNode.VM + ".other-store.json"), "{\"format\":");
        Files.createSymbolicLink(ours.resolve(FakeNode.VM + ".third-store.json"), directory);
        VmId other = VmId.of(FakeNode.VM + ".other");
        storage.publish(List.of(a), copy(VmRecord.of(other), Map.of()), Set.of(), node);
        Files.writeString(ours.resolve(other + ".test-store.json"), Manifest.text(copy(VmRecord.of(other), Map.of())));

        RecordsCopy.Found found = storage.published(List.of(a, b), node);

        assertThat(found.copies()).containsExactly(copy(record("n"), Map.of()));
        assertThat(found.unreadable())
                .containsExactlyInAnyOrder(
                        ours + "/" + FakeNode.VM + ".other-store.json", ours + "/" + FakeNode.VM + ".third-store.json");
    }

    private void planted(String text) {
        try {
            Files.createDirectories(ours, PRIVATE);
            Files.writeString(ours.resolve(NAME), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Long> revisions() {
        return storage.published(List.of(a), node).copies().stream()
                .map(copy -> copy.record().revision())
                .toList();
    }

    @Test
    void aLinkInTheirPlaceIsNotFollowed() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"), PRIVATE);
        Files.createSymbolicLink(ours, target);

        assertRefused("is a symbolic link");

        assertThat(target).isEmptyDirectory();
    }

    @Test
    void aLinkOnTheWayThatOthersMayHaveMadeIsNotFollowed() throws IOException {
        Path target = Files.createDirectory(directory.resolve("target"), PRIVATE);
        Path open = Files.createDirectory(directory.resolve("open"));
        Files.createSymbolicLink(open.resolve("link"), target);
        a = A.withSource(open + "/link/a");
        storage.publish(List.of(a), copy(record("n"), Map.of()), Set.of(), node);
        assertThat(target.resolve(".vmsnap"))
                .as("behind a link of the user's own")
                .isDirectory();
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertRefused("symbolic link that others may have made");

        assertThat(names(target.resolve(".vmsnap"))).containsExactly(NAME);
    }

    @Test
    void aDirectoryThatOthersMayWriteToIsLeftAlone() throws IOException {
        Files.createDirectory(ours);
        for (String open : List.of("rwxrwxrwx", "rwx-w----", "rwx----w-")) {
            Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString(open));

            assertRefused("may be written to by others");
        }
        assertThat(ours).isEmptyDirectory();
    }

    @Test
    void whatSomebodyElsePutWhereTheRecordsAreWrittenIsReplacedAndNotFollowed() throws IOException {
        Files.createDirectory(ours, PRIVATE);
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        Files.createSymbolicLink(ours.resolve(NAME), victim);
        Files.createSymbolicLink(ours.resolve("." + NAME + ".tmp"), victim);

        storage.publish(List.of(a), copy(record("n"), Map.of()), Set.of(), node);

        assertThat(victim).hasContent("precious");
        assertThat(ours.resolve(NAME)).isRegularFile();
        assertThat(names(ours)).containsExactly(NAME);
    }

    private void assertRefused(String why) {
        for (VmRecord record : List.of(record("n"), VmRecord.of(FakeNode.VM).withRevision(7))) {
            assertThatThrownBy(() -> storage.publish(List.of(a), copy(record, Map.of()), Set.of(), node))
                    .isInstanceOfSatisfying(
                            DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.DENIED))
                    .hasMessageContaining(why);
        }
    }

    private static List<String> names(Path place) throws IOException {
        try (Stream<Path> all = Files.list(place)) {
            return all.map(path -> path.getFileName().toString()).toList();
        }
    }

    private static RecordsCopy copy(VmRecord record, Map<SnapshotId, VmConfiguration> configurations) {
        return new RecordsCopy(Optional.of("test-store"), NOW, record, configurations);
    }

    private static VmRecord record(String text) {
        Snapshot root = snapshot(ROOT, Optional.empty(), text.isBlank() ? "n" : text);
        Snapshot leaf = snapshot(LEAF, Optional.of(ROOT), "leaf").unavailable(Snapshot.Reason.NO_SPACE);
        return new VmRecord(
                FakeNode.VM,
                7,
                text,
                Optional.of(text),
                Optional.of(text),
                SettingsChoice.open().allowUsers(true).limit(5).allowRam(false),
                SnapshotTree.of(FakeNode.VM, List.of(root, leaf), Optional.of(LEAF)),
                List.of());
    }

    private static Snapshot snapshot(SnapshotId id, Optional<SnapshotId> parent, String text) {
        return new Snapshot(
                id,
                FakeNode.VM,
                parent,
                new Snapshot.Labels(text, text, Map.of("key", text), Optional.of(NOW)),
                parent.isEmpty() ? NOW : NOW.plusSeconds(1),
                Actor.user("ann"),
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                true,
                PowerState.RUNNING,
                text,
                List.of(A, B),
                Set.of("vdx"),
                parent.isPresent()
                        ? Optional.empty()
                        : Optional.of(new Snapshot.Receipt(
                                Snapshot.Consistency.RAM,
                                Duration.ofNanos(1_234_567_891),
                                Duration.ZERO,
                                4096,
                                text,
                                List.of(text, "second"))));
    }
}
