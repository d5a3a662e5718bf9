package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that inspects the place of an image, on this machine's own files. */
final class SurroundingsTest {
    @TempDir
    private Path directory;

    private Path images;
    private Path ours;

    @BeforeEach
    void aDirectoryOfImages() throws IOException {
        images = Files.createDirectory(directory.toRealPath().resolve("it's \"images\""));
        ours = images.resolve(".vmsnap");
    }

    private Surroundings around(Path image, boolean squashed) {
        return Surroundings.of(
                        new Shell(),
                        Duration.ofMinutes(1),
                        List.of(image.toString()),
                        FakeNode.VM,
                        "test-store",
                        squashed)
                .getOrDefault(image.toString(), Surroundings.NONE);
    }

    private Surroundings around() {
        return around(images.resolve("a.qcow2"), false);
    }

    private void records(Path place) throws IOException {
        Files.createDirectories(place);
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx------"));
        Files.createFile(place.resolve(FakeNode.VM + ".test-store.json"));
    }

    @Test
    void recordsInADirectoryOfOursAreFound() throws IOException {
        assertThat(around().refused()).isEmpty();
        records(ours);

        assertThat(around().recorded()).isTrue();
        assertThat(around().refused()).isEmpty();
        assertThat(around(images.resolve("a.qcow2"), true).refused()).isEmpty();
    }

    @Test
    void aLinkInTheirPlaceIsReportedAndProvesNothing() throws IOException {
        Path target = directory.resolve("target");
        records(target);
        Files.createSymbolicLink(ours, target);

        assertThat(around().refused()).contains(ours + " is a symbolic link");
        assertThat(around().recorded()).isFalse();
        Files.delete(ours);
        Files.createSymbolicLink(ours, directory.resolve("nowhere\nrecord " + FakeNode.VM + ".json"));
        assertThat(around().refused()).contains(ours + " is a symbolic link");
        assertThat(around().recorded()).isFalse();
    }

    @Test
    void aFileOrADirectoryThatOthersMayWriteToIsReportedAndProvesNothing() throws IOException {
        Files.createFile(ours);
        assertThat(around().refused()).contains(ours + " is no directory");
        Files.delete(ours);
        records(ours);
        Files.setPosixFilePermissions(ours, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(around().refused()).contains(ours + " may be written to by others");
        assertThat(around().recorded()).isFalse();
    }

    @Test
    void aLinkOnTheWayIsReportedOnlyIfOthersMayHaveMadeIt() throws IOException {
        records(ours);
        Path open = Files.createDirectory(directory.resolve("open"));
        Path link = Files.createSymbolicLink(open.resolve("link"), images);
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwx------"));
        assertThat(around(link.resolve("a.qcow2"), false).recorded()).isTrue();

        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThat(around(link.resolve("a.qcow2"), false).refused())
                .hasValueSatisfying(why -> assertThat(why).contains("a symbolic link that others may have made"));
        assertThat(around(link.resolve("a.qcow2"), false).recorded()).isFalse();
    }
}
