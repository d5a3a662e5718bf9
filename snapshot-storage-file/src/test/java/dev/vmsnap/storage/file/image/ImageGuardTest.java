package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The script that comes before each tool, on this machine's own files. */
final class ImageGuardTest {
    @TempDir
    private Path directory;

    private Commands.Result guarded(Path file, String... tool) {
        List<String> command = ImageGuard.guarded(file.toString(), List.of(tool));
        return new Shell()
                .run(Commands.Command.of(command.toArray(String[]::new)).within(Duration.ofSeconds(30)));
    }

    private Path header(String name, int version, long features) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(4096).putInt(0x514649fb).putInt(version);
        return Files.write(directory.resolve(name), header.putLong(72, features).array());
    }

    @ParameterizedTest
    @CsvSource({"3, 4", "3, 5", "3, 7", "3, 12", "3, 15", "4, 4"})
    void anImageWithAnExternalDataFileIsAnsweredForWithoutBeingOpened(int version, long features) throws IOException {
        Path image = header("it's \"an\" $image", version, features);

        Commands.Result info = guarded(image, "echo", "info", "opened");
        assertThat(ImageFacts.parse("vda", info.output()).dataFile()).isPresent();
        assertThat(guarded(image, "echo", "check", "opened"))
                .satisfies(refused -> assertThat(refused.succeeded()).isFalse())
                .satisfies(refused -> assertThat(refused.output()).isEmpty())
                .satisfies(refused -> assertThat(refused.errors()).contains("external file"));
    }

    @ParameterizedTest
    @CsvSource({"3, 0", "3, 1", "3, 2", "3, 24", "2, 4"})
    void anyOtherImageIsOpened(int version, long features) throws IOException {
        assertThat(guarded(header("image", version, features), "echo", "info", "opened")
                        .output())
                .isEqualTo("info opened\n");
    }

    @Test
    void whatIsNoImageIsTheToolsToJudge() throws IOException {
        Path text = Files.writeString(directory.resolve("text"), "x".repeat(100));
        Path empty = Files.createFile(directory.resolve("empty"));

        for (Path file : List.of(text, empty, directory.resolve("none"))) {
            assertThat(guarded(file, "echo", "check").output()).isEqualTo("check\n");
        }
    }

    @Test
    void aPipeASocketADeviceAndADirectoryAreNotOpened() throws IOException {
        Path pipe = directory.resolve("pipe");
        new Shell().run(Commands.Command.of("mkfifo", pipe.toString()));
        Path link = Files.createSymbolicLink(directory.resolve("link"), pipe);

        for (Path file : List.of(pipe, link, Path.of("/dev/zero"), directory)) {
            Commands.Result refused = guarded(file, "cat", file.toString());
            assertThat(refused.succeeded()).isFalse();
            assertThat(refused.errors()).contains("neither a regular file nor a block device");
        }
    }

    @Test
    void aPipeInThePlaceOfAnImageIsNotReadBytewiseEither() {
        Path pipe = directory.resolve("pipe");
        new Shell().run(Commands.Command.of("mkfifo", pipe.toString()));

        org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                        new ImageBytes(new Shell(), Duration.ofSeconds(30)).read(new ImageNode(pipe.toString()), 0, 10))
                .hasMessageContaining("neither a regular file");
    }
}
