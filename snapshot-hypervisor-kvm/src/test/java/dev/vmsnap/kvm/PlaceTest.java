package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PlaceTest {
    @TempDir
    Path directory;

    private Path file(String name, byte[] content) throws IOException {
        Path file = Files.write(directory.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    }

    private static Place at(Path path) {
        return Place.at(path.toString(), new LocalCommands());
    }

    private static Commands answering(Commands.Result result) {
        return command -> result;
    }

    @Test
    void tellsOfAFileAndTakesItAwayFromOthers() throws IOException {
        Path file = file("it's a \"file\"", new byte[1234]);
        Place place = at(file);
        assertThat(place.file()).isTrue();
        assertThat(place.bytes()).isEqualTo(1234);
        assertThat(place.closed()).isFalse();

        place.close();
        place.flush(Duration.ofMinutes(1));

        assertThat(at(file).closed()).isTrue();
    }

    @Test
    void tellsOfADevice() {
        Place place = Place.at("/dev/x", answering(new Commands.Result(0, "block special file|660|0\n", "")));

        assertThat(place.file()).isFalse();
        assertThat(place.closed()).isTrue();
    }

    @Test
    void aFileThatIsClosedIsLeftAlone() {
        List<String> run = new ArrayList<>();
        Commands commands = command -> {
            run.add(command.arguments().get(0));
            return new Commands.Result(0, "regular file|600|7\n", "");
        };

        Place.at("/ram", commands).close();

        assertThat(run).containsExactly("sh");
    }

    @Test
    void aFileThatOthersCouldReplaceIsRefused() throws IOException {
        Path file = file("ram", new byte[10]);
        for (String open : List.of("rwxrwxrwx", "rwxrwx---", "rwx----w-")) {
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(open));

            assertDenied(() -> at(file), "may be written to by others");
        }
    }

    @Test
    void aFileThatWasReplacedByALinkIsNeitherClosedNorRead() throws IOException {
        Path victim = file("victim", new byte[10]);
        Path file = file("ram", new byte[10]);
        Place place = at(file);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.delete(file);
        Files.createSymbolicLink(file, victim);

        assertDenied(place::close, "symbolic link");
        assertDenied(() -> place.read(0, 10), "symbolic link");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(victim)))
                .isEqualTo("rw-r-----");
    }

    @Test
    void aFileWithASecondNameIsNotClosed() throws IOException {
        Path file = file("ram", new byte[10]);
        Files.createLink(directory.resolve("second"), file);

        assertDenied(at(file)::close, "second name");
    }

    private static void assertDenied(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String why) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED))
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 9, 100, 1000, 4096})
    void readsBytesFromAnywhere(int from) throws IOException {
        byte[] content = new byte[5000];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (i * 31);
        }
        Place place = at(file("bytes", content));

        assertThat(place.read(from, 800)).startsWith(Arrays.copyOfRange(content, from, Math.min(5000, from + 800)));
        assertThat(place.read(from, 5)).isEqualTo(Arrays.copyOfRange(content, from, from + 5));
    }

    @Test
    void whatIsReadEndsWithTheFileAtMostSevenZerosLater() throws IOException {
        byte[] read = at(file("few", "twelve bytes".getBytes(StandardCharsets.US_ASCII)))
                .read(0, 1000);

        assertThat(read).hasSize(16).startsWith("twelve bytes".getBytes(StandardCharsets.US_ASCII));
        assertThat(at(file("none", new byte[0])).read(0, 1000)).isEmpty();
    }

    @Test
    void aPlaceThatIsNotThereIsMissing() {
        assertThatThrownBy(() -> at(directory.resolve("none")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
    }

    @Test
    void whatIsNeitherFileNorDeviceIsRefused() {
        assertThatThrownBy(() -> at(directory))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("neither a file nor a block device");
        assertThatThrownBy(() -> Place.at("relative", new LocalCommands()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "sync: error syncing 'x': No space left on device,NO_SPACE",
        "sync: error syncing 'x': Disk quota exceeded,NO_SPACE",
        "od: x: Permission denied,DENIED",
        "sync: error syncing 'x': Input/output error,BROKEN"
    })
    void failuresHaveAReason(String errors, Reason reason) {
        Place place = new Place("/x", true, true, 0, answering(new Commands.Result(1, "", errors)));

        assertThatThrownBy(() -> place.flush(Duration.ofMinutes(1)))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(errors);
    }

    @Test
    void answersThatMakeNoSenseAreFailures() {
        Place place = new Place("/x", false, true, 0, answering(new Commands.Result(0, "no\u00e4nsense", "")));

        assertThatThrownBy(() -> place.read(0, 100)).isInstanceOf(DriverException.class);
        assertThatThrownBy(place::capacity).isInstanceOf(DriverException.class);
        assertThatThrownBy(() -> Place.at("/x", answering(new Commands.Result(0, "?", ""))))
                .isInstanceOf(DriverException.class);
    }
}
