package dev.vmsnap.it.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.file.FileStorage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the driver refuses beforehand, next to what QEMU does with it. */
final class UnusableImageTest {
    private static final SnapshotId ID = SnapshotId.of("first");

    private final ToolNode node = new ToolNode();
    private final FileStorage storage = new FileStorage();

    @TempDir
    Path directory;

    @Test
    void dirtyBitmapsForbidTheRestoreUntilTheyAreRemoved() {
        Path image = Tools.image(directory, "image", "64M");
        List<Volume> volumes = volumes(image);
        Tools.fill(image, 1);
        storage.cut(volumes, ID, node);
        Tools.fill(image, 2);
        Tools.run("qemu-img", "bitmap", "--add", "-f", "qcow2", image.toString(), "backup");

        assertThat(codes(image, Verb.RESTORE)).containsExactly(Refusal.Code.DIRTY_BITMAPS);
        assertThat(codes(image, Verb.CREATE)).isEmpty();
        assertThatThrownBy(() -> storage.restore(volumes, ID, node)).isInstanceOf(DriverException.class);
        assertThat(Tools.attempt("qemu-img", "snapshot", "-a", "vmsnap-first", image.toString())
                        .output())
                .contains("dirty bitmaps");
        Tools.assertFilled(image, 2);

        Tools.run("qemu-img", "bitmap", "--remove", "-f", "qcow2", image.toString(), "backup");
        storage.restore(volumes, ID, node);
        Tools.assertFilled(image, 1);
    }

    @Test
    void anImageWithAnExternalDataFileIsRefused() {
        Path image = Tools.image(directory, "image", "64M", "data_file=" + directory.resolve("data"));

        assertThat(codes(image, Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        assertThatThrownBy(() -> storage.cut(volumes(image), ID, node)).isInstanceOf(DriverException.class);
        assertThat(Tools.attempt("qemu-img", "snapshot", "-c", "x", image.toString())
                        .exitCode())
                .isNotZero();
    }

    @Test
    void anEncryptedImageIsRefused() {
        Path image = directory.resolve("image");
        createEncrypted(image);

        assertThat(codes(image, Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThatThrownBy(() -> storage.cut(volumes(image), ID, node)).isInstanceOf(DriverException.class);
        assertThat(Tools.attempt("qemu-img", "snapshot", "-c", "x", image.toString())
                        .exitCode())
                .isNotZero();
        storage.reclaim(volumes(image), node);
    }

    @Test
    void referenceCountersOfOneBitCountNoSnapshot() {
        Path image = Tools.image(directory, "image", "64M", "refcount_bits=1");
        Tools.fill(image, 1);

        assertThat(codes(image, Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        assertThat(Tools.attempt("qemu-img", "snapshot", "-c", "x", image.toString())
                        .exitCode())
                .isNotZero();
    }

    @Test
    void referenceCountersOfTwoBitsCountTwo() {
        Path image = Tools.image(directory, "image", "64M", "refcount_bits=2");
        Tools.fill(image, 1);

        storage.cut(volumes(image), SnapshotId.of("a"), node);
        storage.cut(volumes(image), SnapshotId.of("b"), node);

        assertThat(codes(image, Verb.CREATE)).containsExactly(Refusal.Code.FORMAT_UNSUPPORTED);
        assertThat(Tools.attempt("qemu-img", "snapshot", "-c", "x", image.toString())
                        .exitCode())
                .isNotZero();
        storage.reclaim(volumes(image), node);
        Tools.assertClean(image);
    }

    @Test
    void aCorruptImageIsRefused() throws IOException {
        Path image = Tools.image(directory, "image", "64M");
        try (RandomAccessFile header = new RandomAccessFile(image.toFile(), "rw")) {
            header.seek(79);
            header.write(2);
        }

        assertThat(codes(image, Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThatThrownBy(() -> storage.cut(volumes(image), ID, node)).hasMessageContaining("corrupt");
    }

    @Test
    void aRawDiskWhoseGuestWroteAHeaderIsNotFollowed() throws IOException {
        Path image = directory.resolve("image");
        Files.writeString(image, "x".repeat(1 << 16));

        assertThat(codes(image, Verb.CREATE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThatThrownBy(() -> storage.cut(volumes(image), ID, node)).hasMessageContaining("not in qcow2 format");
    }

    @Test
    void anImageThatIsGoneHasNothingToDelete() throws IOException {
        Path image = Tools.image(directory, "gone", "1M");
        List<Volume> remembered = storage.inspect(volumes(image), node).stream()
                .map(VolumeState::volume)
                .toList();
        Files.delete(image);

        assertThat(storage.inspect(remembered, node)).allMatch(VolumeState.Absent.class::isInstance);
        storage.delete(remembered, ID, node);
        storage.reclaim(remembered, node);
    }

    @Test
    void anImageThatIsMissingWithoutProofIsUnknownAndNothingOfItCountsAsDeleted() {
        Path image = directory.resolve("none");

        assertThat(codes(image, Verb.DELETE)).containsExactly(Refusal.Code.STORAGE_AWAY);
        assertThatThrownBy(() -> storage.delete(volumes(image), ID, node)).hasMessageContaining("not mounted");
    }

    @Test
    void aPipeInTheImagesPlaceIsNotOpened() {
        Path image = directory.resolve("pipe");
        Tools.run("mkfifo", image.toString());

        assertThat(codes(image, Verb.RESTORE)).containsExactly(Refusal.Code.IMAGE_UNUSABLE);
        assertThatThrownBy(() -> storage.delete(volumes(image), ID, node))
                .hasMessageContaining("neither a regular file");
    }

    @Test
    void theTemplateBelowAnImageIsPartOfWhatIsReported() {
        Path base = Tools.image(directory, "base", "1M");
        Path image = directory.resolve("linked");
        Tools.run("qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base", image.toString());
        assertThat(chain(image)).extracting(Chain.Layer::path).containsExactly(base.toString());
        assertThat(chain(image)).extracting(Chain.Layer::virtualBytes).containsExactly(1L << 20);
        String before = chain(image).get(0).identity();

        Tools.io(base, "write 0 512K");
        assertThat(chain(image).get(0).identity()).isNotEqualTo(before);

        Tools.run("qemu-img", "rebase", "-f", "qcow2", "-b", "", image.toString());
        assertThat(chain(image)).isEmpty();
    }

    @Test
    void aNameThatIsThereTwiceIsNoWholeSnapshotAndCanBeDeleted() {
        Path image = Tools.image(directory, "image", "64M");
        storage.cut(volumes(image), ID, node);
        Tools.run("qemu-img", "snapshot", "-c", "vmsnap-first", image.toString());
        Tools.run("qemu-img", "snapshot", "-c", "1", image.toString());

        VolumeState.Seen state =
                storage.inspect(volumes(image), node).get(0).asSeen().orElseThrow();
        assertThat(state.snapshots()).isEmpty();
        assertThat(state.foreign()).containsExactly("1");
        assertThatThrownBy(() -> storage.restore(volumes(image), ID, node)).hasMessageContaining("2 snapshots");
        storage.delete(volumes(image), ID, node);

        assertThat(Tools.names(image)).containsExactly("1");
    }

    private List<Refusal.Code> codes(Path image, Verb verb) {
        return storage.inspect(volumes(image), node).get(0).objectionsTo(verb).stream()
                .map(Refusal::code)
                .toList();
    }

    private List<Chain.Layer> chain(Path image) {
        return storage.inspect(volumes(image), node)
                .get(0)
                .volume()
                .chain()
                .orElseThrow()
                .layers();
    }

    private static List<Volume> volumes(Path image) {
        return List.of(ToolNode.volume("vda", image));
    }

    /** qemu-img measures its own speed to choose how often the key is hashed, and gives up where it cannot. */
    private static void createEncrypted(Path image) {
        Tools.Outcome outcome = new Tools.Outcome(1, "");
        for (int attempt = 0; attempt < 20 && outcome.exitCode() != 0; attempt++) {
            outcome = Tools.attempt(
                    "qemu-img",
                    "create",
                    "-q",
                    "-f",
                    "qcow2",
                    "--object",
                    "secret,id=key,data=abc",
                    "-o",
                    "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10",
                    image.toString(),
                    "64M");
        }
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }
}
