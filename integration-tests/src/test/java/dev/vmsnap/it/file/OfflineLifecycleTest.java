package dev.vmsnap.it.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.file.FileStorage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OfflineLifecycleTest {
    private static final SnapshotId FIRST = SnapshotId.of("first");
    private static final SnapshotId SECOND = SnapshotId.of("second");

    private final ToolNode node = new ToolNode();
    private final FileStorage storage = new FileStorage();

    @TempDir
    Path directory;

    @Test
    void threeDisksGoBackAndForthBetweenTwoSnapshots() {
        List<Path> images = images(3);
        List<Volume> volumes = volumes(images);

        images.forEach(image -> Tools.fill(image, 1));
        storage.cut(volumes, FIRST, node);
        images.forEach(image -> Tools.fill(image, 2));
        storage.cut(volumes, SECOND, node);
        images.forEach(image -> Tools.fill(image, 3));

        storage.restore(volumes, FIRST, node);
        assertThat(images).allSatisfy(image -> Tools.assertFilled(image, 1));
        storage.restore(volumes, SECOND, node);
        assertThat(images).allSatisfy(image -> Tools.assertFilled(image, 2));
        assertThat(images)
                .allSatisfy(image -> assertThat(Tools.names(image)).containsExactly("vmsnap-first", "vmsnap-second"));

        storage.delete(volumes, FIRST, node);
        images.forEach(image -> Tools.fill(image, 4));
        storage.restore(volumes, SECOND, node);
        storage.delete(volumes, SECOND, node);
        storage.delete(volumes, SECOND, node);

        assertThat(images).allSatisfy(image -> {
            Tools.assertFilled(image, 2);
            Tools.assertClean(image);
            assertThat(Tools.names(image)).isEmpty();
        });
    }

    @Test
    void aDiskThatWasGrownSinceHasItsOldSizeAgain() {
        Path image = images(1).get(0);
        List<Volume> volumes = volumes(List.of(image));
        storage.cut(volumes, FIRST, node);
        Tools.run("qemu-img", "resize", "-q", "-f", "qcow2", image.toString(), "3G");

        storage.restore(volumes, FIRST, node);

        assertThat(Tools.info(image).get("virtual-size").getAsLong()).isEqualTo(2L << 30);
        Tools.assertClean(image);
    }

    @Test
    void anImageOnAnotherOneIsCutWithoutTouchingIt() throws IOException {
        Path base = Tools.image(directory, "base", "64M");
        Tools.fill(base, 7);
        long before = Files.getLastModifiedTime(base).toMillis();
        Path image = Tools.image(directory, "top", "64M", "backing_file=" + base, "backing_fmt=qcow2");
        List<Volume> volumes = volumes(List.of(image));

        storage.cut(volumes, FIRST, node);
        Tools.fill(image, 8);
        storage.restore(volumes, FIRST, node);

        Tools.assertFilled(image, 7);
        assertThat(Files.getLastModifiedTime(base).toMillis()).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "cluster_size=65536",
                "cluster_size=4096",
                "cluster_size=2M",
                "extended_l2=on",
                "refcount_bits=64"
            })
    void aCutTakesNoMoreThanWasSaid(String option) {
        Path image = Tools.image(directory, "image", "8G", option);
        Tools.io(image, "write 0 64M", "write 4G 64M");
        List<Volume> volumes = volumes(List.of(image));

        for (int i = 0; i < 20; i++) {
            long said =
                    storage.inspect(volumes, node).get(0).asSeen().orElseThrow().neededBytes();
            long before = Tools.allocatedOnHost(image);
            storage.cut(volumes, SnapshotId.of("s" + i), node);
            assertThat(Tools.allocatedOnHost(image) - before)
                    .as("snapshot %d", i)
                    .isBetween(1L, said);
        }
    }

    @Test
    void anImageThatSomebodyHasOpenIsLookedAtButNotWrittenTo() throws IOException, InterruptedException {
        List<Path> images = images(2);
        List<Volume> volumes = volumes(images);
        storage.cut(volumes, FIRST, node);
        Process user =
                new ProcessBuilder("qemu-io", "-f", "qcow2", images.get(1).toString()).start();
        try {
            user.getOutputStream().write("write 0 512\n".getBytes(StandardCharsets.US_ASCII));
            user.getOutputStream().flush();
            user.inputReader().readLine();

            List<VolumeState> seen = storage.inspect(volumes, node);
            assertThat(seen.get(0).asSeen().orElseThrow().objections()).isEmpty();
            assertThat(seen.get(1).asSeen().orElseThrow().snapshots()).containsOnlyKeys(FIRST);
            for (Verb verb : List.of(Verb.CREATE, Verb.RESTORE, Verb.DELETE)) {
                assertThat(seen.get(1).objectionsTo(verb))
                        .extracting(Refusal::code)
                        .containsExactly(Refusal.Code.IMAGE_IN_USE);
            }
            assertThat(reason(() -> storage.cut(volumes, SECOND, node))).isEqualTo(Reason.IN_USE);
            assertThat(reason(() -> storage.restore(volumes, FIRST, node))).isEqualTo(Reason.IN_USE);
            assertThat(reason(() -> storage.delete(volumes, FIRST, node))).isEqualTo(Reason.IN_USE);
            assertThat(reason(() -> storage.reclaim(volumes, node))).isEqualTo(Reason.IN_USE);
        } finally {
            user.destroy();
            user.waitFor();
        }
        assertThat(Tools.names(images.get(0))).as("what could be deleted").isEmpty();
        assertThat(Tools.names(images.get(1))).containsExactly("vmsnap-first");
    }

    @Test
    void aFullFileSystemTakesTheCutBack() {
        try (SmallFileSystem small = SmallFileSystem.of(directory, 48)) {
            Path roomy = images(1).get(0);
            Path tight = Tools.image(small.path(), "tight", "1G", "cluster_size=2M");
            Tools.io(tight, "write 0 1k");
            Tools.attempt("dd", "if=/dev/zero", "of=" + small.path().resolve("filler"), "bs=4k", "status=none");
            List<Volume> volumes = volumes(List.of(roomy, tight));

            assertThat(reason(() -> storage.cut(volumes, FIRST, node))).isEqualTo(Reason.NO_SPACE);

            assertThat(List.of(roomy, tight)).allSatisfy(image -> {
                assertThat(Tools.names(image)).isEmpty();
                Tools.assertClean(image);
            });
        }
    }

    private static Reason reason(ThrowingCallable call) {
        DriverException failure = catchThrowableOfType(DriverException.class, call);
        assertThat(failure).isNotNull();
        return failure.reason();
    }

    private List<Path> images(int count) {
        List<Path> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            images.add(Tools.image(directory, "disk" + i, "2G"));
        }
        return images;
    }

    private static List<Volume> volumes(List<Path> images) {
        List<Volume> volumes = new ArrayList<>();
        for (Path image : images) {
            volumes.add(ToolNode.volume("vd" + (char) ('a' + volumes.size()), image));
        }
        return volumes;
    }
}
