package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.storage.nas.Glance.Image;
import dev.vmsnap.storage.nas.Glance.Seen;
import dev.vmsnap.storage.nas.Glance.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script of a look, on this machine's own files. */
final class GlanceTest {
    private static final Duration DEADLINE = Duration.ofSeconds(30);

    @TempDir
    private Path point;

    @Test
    void anImageIsSeenAndTheRecordsBesideIt() throws IOException {
        Path image = Files.createFile(point.resolve("it's \"a $disk\".qcow2"));
        Files.createDirectory(point.resolve(".vmsnap"));
        Files.createFile(point.resolve(".vmsnap/vm.json"));

        Seen seen = look(image).orElseThrow();

        assertThat(seen.trouble()).isEmpty();
        assertThat(seen.freeBytes()).isPositive();
        Image only = seen.images().get(0);
        assertThat(only.trouble()).isEmpty();
        assertThat(only.inside()).isTrue();
        assertThat(only.openable()).isTrue();
        assertThat(only.readable()).isTrue();
        assertThat(only.writable()).isTrue();
        assertThat(only.freeBytes()).isPositive();
        assertThat(only.recorded()).isTrue();
    }

    @Test
    void recordsCountUnderBothNamesAndOnlyIfTheyAreFiles() throws IOException {
        Path records = Files.createDirectory(point.resolve(".vmsnap"));
        Path ours = Files.createFile(records.resolve("vm.store-id.json"));
        assertThat(image(point.resolve("a")).recorded()).isTrue();

        Files.delete(ours);
        Files.createFile(records.resolve("vm.other-id.json"));
        Files.createDirectory(records.resolve("vm.json"));
        assertThat(image(point.resolve("a")).recorded()).isFalse();
    }

    @Test
    void whatIsNoFileIsNotOpened() throws IOException {
        Path pipe = point.resolve("pipe");
        assertThat(new Shell()
                        .run(Commands.Command.of("mkfifo", pipe.toString()))
                        .succeeded())
                .isTrue();

        for (Path odd : List.of(pipe, Files.createDirectory(point.resolve("directory")))) {
            assertThat(image(odd).openable()).isFalse();
            assertThat(image(odd).inside()).isTrue();
            assertThat(image(odd).missing()).isFalse();
        }
    }

    @Test
    void openingForWritingChangesNothing() throws IOException {
        Path image = Files.writeString(point.resolve("a"), "content");
        FileTime before = Files.getLastModifiedTime(image);

        assertThat(image(image).writable()).isTrue();

        assertThat(image).hasContent("content");
        assertThat(Files.getLastModifiedTime(image)).isEqualTo(before);
    }

    @Test
    void aLinkThatLeadsNowhereIsNotMissing() throws IOException {
        Image link = image(Files.createSymbolicLink(point.resolve("link"), point.resolve("not there")));

        assertThat(link.missing()).isFalse();
        assertThat(link.trouble()).contains("a symbolic link that leads nowhere");
    }

    @Test
    void anImageThatIsMissingIsToldFromOneThatCannotBeSeen() throws IOException {
        Files.createFile(point.resolve("file"));

        assertThat(image(point.resolve("a")).missing()).isTrue();
        assertThat(image(point.resolve("a")).recorded()).isFalse();
        assertThat(image(point.resolve("a")).freeBytes()).isPositive();
        assertThat(image(point.resolve("no: such/directory/a")).missing()).isTrue();
        assertThat(image(point.resolve("file/a")).missing()).isTrue();
        Path loop = Files.createSymbolicLink(point.resolve("loop"), point.resolve("loop"));
        assertThat(image(loop).missing()).isFalse();
        assertThat(image(loop).trouble()).contains("Too many levels of symbolic links");
    }

    @Test
    void aLinkIsFollowedAndToldWhenItLeadsAway() throws IOException {
        Path image = Files.createFile(point.resolve("a"));
        assertThat(image(Files.createSymbolicLink(point.resolve("inside"), image))
                        .inside())
                .isTrue();
        assertThat(image(Files.createSymbolicLink(point.resolve("outside"), Path.of("/dev/null")))
                        .inside())
                .isFalse();
    }

    @Test
    void severalImagesAreSeenInOneLook() throws IOException {
        Path first = Files.createFile(point.resolve("a"));

        Seen seen = Glance.at(
                        new Shell(),
                        DEADLINE,
                        point.toString(),
                        List.of(target(first), target(point.resolve("b")), target(first)))
                .orElseThrow();

        assertThat(seen.images()).extracting(Image::missing).containsExactly(false, true, false);
    }

    @Test
    void aMountThatCannotBeSeenIsTroubleWithItsReason() {
        Seen seen = Glance.at(new Shell(), DEADLINE, point + "/no: point", List.of())
                .orElseThrow();

        assertThat(seen.trouble()).contains("No such file or directory");
    }

    @Test
    void noAnswerInTimeIsNothingSeen() {
        assertThat(Glance.at(command -> new Result(137, "", ""), DEADLINE, "/mnt", List.of()))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ok\n",
                "ok\t1 4096\n",
                "ok\t1 4096\nok\t-\tin\tarw\t1 1\n",
                "ok\t1 4096\nok\t-\tin\tarw\t-1 1\n-\tno\n",
                "ok\t1 4096\nok\tx\tin\tarw\t1 1\n-\tno\n"
            })
    void anAnswerThatIsNotUnderstoodIsAFailure(String output) {
        Commands odd = command -> new Result(0, output, "");

        assertThatThrownBy(() ->
                        Glance.at(odd, DEADLINE, "/mnt", List.of(new Target("/mnt/a", "/mnt", "/mnt/r", "/mnt/s"))))
                .isInstanceOf(DriverException.class);
    }

    private Image image(Path path) {
        return look(path).orElseThrow().images().get(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stat", "realpath", "dd"})
    void aProgramThatTheNodeLacksIsNamed(String lacking, @TempDir Path programs) throws IOException {
        Path image = Files.createFile(point.resolve("disk.qcow2"));
        for (String program : List.of("sh", "timeout", "stat", "realpath", "dd", "setpriv")) {
            if (!program.equals(lacking)) {
                Files.createSymbolicLink(programs.resolve(program), Path.of("/usr/bin", program));
            }
        }
        Commands node = command -> {
            List<String> words = new ArrayList<>(List.of("env", "PATH=" + programs));
            words.addAll(command.arguments());
            return new Shell().run(Commands.Command.of(words.toArray(String[]::new)));
        };

        assertThatThrownBy(() -> Glance.at(node, DEADLINE, point.toString(), List.of(target(image))))
                .isInstanceOfSatisfying(DriverException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(DriverException.Reason.TOOL_MISSING))
                .hasMessageEndingWith("lacks the program " + lacking);
    }

    private Optional<Seen> look(Path path) {
        return Glance.at(new Shell(), DEADLINE, point.toString(), List.of(target(path)));
    }

    private Target target(Path path) {
        return new Target(
                path.toString(), point.toString(), point + "/.vmsnap/vm.store-id.json", point + "/.vmsnap/vm.json");
    }
}
