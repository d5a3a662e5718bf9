package dev.vmsnap.tck;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.NodeFiles;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a hypervisor driver must keep of the node: its commands and its small files. */
abstract class NodeSentences extends HypervisorFixture {

    @Test
    @DisplayName("commands: tell how a program ended, whatever its exit code")
    final void commandsTellHowAProgramEnded() {
        assertThat(commands().run(Command.of("true")).exitCode()).isZero();
        assertThat(commands().run(Command.of("false")).exitCode()).isEqualTo(1);
    }

    @Test
    @DisplayName("commands: hand every argument on as it is, no shell reads it")
    final void commandsHandEveryArgumentOnAsItIs() {
        for (String argument :
                List.of("", " ", "a  b", "$(id)", "`id`", "a;b", "'", "\"", "\\", "*", "-n", "ü€😀", "a\nb")) {
            assertThat(commands().run(Command.of("printf", "<%s>", argument)).output())
                    .isEqualTo("<" + argument + ">");
        }
    }

    @Test
    @DisplayName("commands: give a program its standard input")
    final void commandsGiveAProgramItsInput() {
        String text = "one\n$two 'three' ü€😀\n";

        assertThat(commands().run(Command.of("cat").reading(text)).output()).isEqualTo(text);
    }

    @Test
    @DisplayName("commands: a program that is not there is TOOL_MISSING")
    final void aProgramThatIsNotThereIsMissing() {
        DriverException failure = assertFails(() -> commands().run(Command.of("vmsnap-no-such-program")));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.TOOL_MISSING);
    }

    @Test
    @DisplayName("commands: a program that takes too long is given up with TIMEOUT")
    final void aProgramThatTakesTooLongIsGivenUp() {
        Command command = Command.of("sleep", "600").within(Duration.ofMillis(200));

        DriverException failure = assertFails(() -> commands().run(command));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.TIMEOUT);
    }

    @Test
    @DisplayName("commands: a program that prints more than its limit is BROKEN")
    final void aProgramThatPrintsTooMuchIsBroken() {
        Command command = new Command(List.of("cat"), "x".repeat(5000), Duration.ofMinutes(1), 4096);

        DriverException failure = assertFails(() -> commands().run(command));

        assertThat(failure.reason()).isEqualTo(DriverException.Reason.BROKEN);
    }

    @Test
    @DisplayName("files: hold what was written last, byte for byte, with a missing directory made")
    final void filesHoldWhatWasWrittenLast() {
        String path = lab().directory() + "/deep/a file's name";
        byte[] bytes = new byte[256];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }

        files().write(path, "first".getBytes(UTF_8));
        files().write(path, bytes);
        assertThat(files().read(path)).hasValue(bytes);

        files().write(path, new byte[0]);
        assertThat(files().read(path)).hasValue(new byte[0]);
    }

    @Test
    @DisplayName("files: one that is not there is empty to read and no error to delete")
    final void aFileThatIsNotThere() {
        String path = lab().directory() + "/file";
        assertThat(files().read(path)).isEmpty();

        files().write(path, "text".getBytes(UTF_8));
        for (int i = 0; i < REPEATS; i++) {
            files().delete(path);
        }

        assertThat(files().read(path)).isEmpty();
    }

    @Test
    @DisplayName("files: their file system has room, and is told for a file that is not there yet")
    final void theFileSystemHasRoom() {
        NodeFiles.FileSystem found =
                files().fileSystem(lab().directory() + "/none").orElseThrow();

        assertThat(found.freeBytes()).isPositive();
        assertThat(found.mount()).startsWith("/");
        assertThat(found.type()).isNotBlank();
    }

    private Commands commands() {
        return driver().commands();
    }

    private NodeFiles files() {
        return driver().files();
    }
}
