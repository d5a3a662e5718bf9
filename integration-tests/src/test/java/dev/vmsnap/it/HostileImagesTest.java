package dev.vmsnap.it;

import static dev.vmsnap.it.Host.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotSpec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Images and sources that somebody made to lead the library elsewhere, or to hold it up: every verb is refused, and soon. */
@Timeout(120)
final class HostileImagesTest {
    @RegisterExtension
    final Lab lab = Lab.ofLibvirtsUser();

    private Host host;
    private Path image;

    @BeforeEach
    void aGuest() {
        host = Host.ofDisks(lab, 1);
        image = host.guest().disks().get(0).file();
    }

    private void source(String source) {
        String xml = lab.virsh("dumpxml", "--inactive", host.guest().name());
        lab.defineXml(
                host.guest().name(),
                xml.replace(
                        "<source file='" + image + "'",
                        "<source file='" + source.replace("\"", "&quot;").replace("\n", "&#10;") + "'"));
    }

    private void anOverlayOf(String backing, String format) {
        overlay(image, backing, format);
    }

    private static void overlay(Path file, String backing, String format) {
        Shell.run("rm", "-f", file.toString());
        Shell.run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", backing, "-F", format, file.toString(), "64M");
        Shell.run("chmod", "644", file.toString());
    }

    private void patch(long offset, long value, int bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(offset);
            for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
                file.write((int) (value >> shift));
            }
        }
    }

    private Path copy() {
        return lab.directory().resolve("copy.qcow2");
    }

    private void assertNothingIsDone(String what) {
        host.snapshots().doctor(host.vm());
        assertThat(host.snapshots()
                        .check(host.vm(), new Intent.Create(SnapshotSpec.named("s")), ADMIN)
                        .allowed())
                .as(what)
                .isFalse();
        assertRefused(what, () -> host.create("s"));
        assertCloneIsRefused(what);
        assertThat(host.tree().isEmpty()).as(what).isTrue();
    }

    private void assertCloneIsRefused(String what) {
        assertRefused(what, () -> host.snapshots()
                .clone(host.vm(), Intent.Clone.of(Map.of("vda", copy().toString())), ADMIN)
                .await());
        assertThat(copy()).as(what).doesNotExist();
    }

    private static void assertRefused(String what, Runnable verb) {
        try {
            verb.run();
        } catch (SnapshotException expected) {
            return;
        }
        throw new AssertionError("not refused: " + what);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/dev/stdin",
                "/dev/zero",
                "/proc/self/fd/0",
                "/proc/self/mem",
                "json:{\"driver\":\"file\",\"filename\":\"/etc/shadow\"}",
                "nbd://127.0.0.1:1/x",
                "/etc/shadow",
                "/etc"
            })
    void aSourceThatIsNoImageIsRefused(String source) {
        source(source);

        assertNothingIsDone(source);
    }

    @Test
    void aPipeAndADirectoryInThePlaceOfTheImageAreRefused() throws IOException {
        Files.delete(image);
        Shell.run("mkfifo", "-m", "666", image.toString());
        assertNothingIsDone("a pipe");

        Files.delete(image);
        Files.createDirectory(image);
        assertNothingIsDone("a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-x.qcow2", "..x", "json:{x}", "x,file.filename=y", "$(touch owned)\"'`"})
    void anOddNameIsAFileLikeAnyOther(String name) throws IOException {
        Path odd = Files.createDirectory(lab.directory().resolve("sub")).resolve(name);
        Files.move(image, odd);
        source((lab.directory() + "/sub/../sub/" + name).replace("&", "&amp;").replace("'", "&apos;"));

        Snapshot snapshot = host.create("s");
        host.restore(snapshot);
        host.snapshots()
                .clone(host.vm(), Intent.Clone.of(Map.of("vda", copy().toString())), ADMIN)
                .await();
        host.delete(snapshot);

        assertThat(copy()).isNotEmptyFile();
        assertThat(host.tree().isEmpty()).isTrue();
    }

    @Test
    void aNameWithALineBreakIsNotFound() throws IOException {
        // libvirt prints it into an attribute as it is, where XML takes it for a space.
        Path odd = lab.directory().resolve("x\ny.qcow2");
        Files.move(image, odd);
        source(odd.toString());

        assertNothingIsDone("a line break");
    }

    @Test
    void aSourceThatCannotBeFollowedFailsAtOnce() {
        source("/proc/1/root/etc/shadow");

        assertRefused("another root", () -> host.create("s"));
        assertCloneIsRefused("another root");
    }

    @Test
    void aCycleOfLayersIsRefused() {
        Path other = lab.directory().resolve("other.qcow2");
        anOverlayOf(other.toString(), "qcow2");
        overlay(other, image.toString(), "qcow2");
        assertCloneIsRefused("a cycle of two");

        Shell.run("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", image.toString(), image.toString());
        assertCloneIsRefused("an image that stands on itself");
    }

    @Test
    void aChainThatIsTooLongIsRefused() {
        int layers = 200;
        for (int i = 0; i < layers; i++) {
            overlay(lab.directory().resolve("layer" + i), lab.directory().resolve("layer" + (i + 1)) + "", "qcow2");
        }
        anOverlayOf(lab.directory().resolve("layer0").toString(), "qcow2");

        assertCloneIsRefused("200 layers");
        host.snapshots().doctor(host.vm());
    }

    @Test
    void aLayerWhoseFormatIsNotTheStatedOneIsNotRead() throws IOException {
        Path text = Files.writeString(lab.directory().resolve("text"), "no image".repeat(1000));
        Shell.run("chmod", "644", text.toString());
        anOverlayOf(text.toString(), "qcow2");
        assertCloneIsRefused("text as qcow2");

        Path secret = Files.writeString(lab.directory().resolve("secret"), Intruder.SECRET.repeat(100));
        Shell.run("chmod", "600", secret.toString());
        Path inner = lab.directory().resolve("inner.qcow2");
        overlay(inner, secret.toString(), "raw");
        anOverlayOf(inner.toString(), "raw");
        host.snapshots()
                .clone(host.vm(), Intent.Clone.of(Map.of("vda", copy().toString())), ADMIN)
                .await();
        assertThat(Shell.attempt("grep", "-qF", Intruder.SECRET, copy().toString())
                        .exitCode())
                .as("a layer that is stated to be raw is copied as bytes; nothing is probed")
                .isEqualTo(1);

        for (String format : new String[] {"vmdk", "vpc", "luks", "nbd"}) {
            Files.deleteIfExists(copy());
            overlay(image, inner.toString(), "qcow2");
            Shell.run(
                    "qemu-img", "rebase", "-u", "-f", "qcow2", "-b", inner.toString(), "-F", format, image.toString());
            assertCloneIsRefused("a layer of format " + format);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "size, 24, -1, 8",
        "entries of the first table, 36, 2147483647, 4",
        "place of the first table, 40, 9223372036854775807, 8",
        "place of the first table in the header, 40, 8, 8",
        "place of the counters, 48, 4611686018427387904, 8",
        "size of the counters, 56, 2147483647, 4",
        "number of snapshots, 60, 4294967295, 4",
        "cluster bits, 20, 63, 4",
        "length of the backing name, 16, 4294967295, 4",
        "unknown features, 72, 9223372036854775807, 8",
        "external data, 79, 4, 1",
        "length of the header, 100, 4294967295, 4"
    })
    void aHeaderThatMakesNoSenseHoldsUpNobody(String what, long offset, long value, int bytes) throws IOException {
        if (what.contains("backing")) {
            patch(8, 600, 8);
        }
        patch(offset, value, bytes);

        host.snapshots().doctor(host.vm());
        host.snapshots().usage(host.vm());
        assertRefused(what, () -> host.create("s"));
        try {
            host.snapshots()
                    .clone(host.vm(), Intent.Clone.of(Map.of("vda", copy().toString())), ADMIN)
                    .await();
        } catch (SnapshotException refused) {
            assertThat(copy()).as(what).doesNotExist();
        }
        assertThat(host.tree().isEmpty()).as(what).isTrue();
    }
}
