package dev.vmsnap.storage.file.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script that inspects paths, on this machine's own files. */
final class FileStatusTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void aFileIsPresentAndAPathWithoutOneIsMissing() throws IOException {
        Path file = Files.writeString(directory.resolve("it's \"a $disk\""), "text");

        List<FileStatus> statuses = FileStatus.of(
                new Shell(),
                LIMIT,
                List.of(file.toString(), directory.resolve("none").toString(), file + "/below", "/proc"));

        assertThat(statuses.get(0))
                .isInstanceOfSatisfying(FileStatus.Present.class, present -> assertThat(present.mayBeOpened())
                        .isTrue());
        assertThat(statuses.get(1)).isInstanceOf(FileStatus.Missing.class);
        assertThat(statuses.get(2)).isInstanceOf(FileStatus.Missing.class);
        assertThat(statuses.get(3))
                .isInstanceOfSatisfying(FileStatus.Present.class, present -> assertThat(present.mayBeOpened())
                        .isFalse());
    }

    @Test
    void aLinkThatLeadsNowhereIsUnclear() throws IOException {
        Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("none"));

        assertThat(FileStatus.of(new Shell(), LIMIT, link.toString())).isInstanceOf(FileStatus.Unclear.class);
    }

    @Test
    void aNodeWithoutStatProvesNothingAndNamesIt() throws IOException {
        Files.createSymbolicLink(directory.resolve("sh"), Path.of("/usr/bin/sh"));
        Commands node = command -> {
            List<String> words = new ArrayList<>(List.of("env", "PATH=" + directory));
            words.addAll(command.arguments());
            return new Shell().run(Commands.Command.of(words.toArray(String[]::new)));
        };

        assertThatThrownBy(() -> FileStatus.of(node, LIMIT, "/no/such/image"))
                .isInstanceOfSatisfying(DriverException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(Reason.TOOL_MISSING))
                .hasMessageEndingWith("lacks the program stat");
    }
}
