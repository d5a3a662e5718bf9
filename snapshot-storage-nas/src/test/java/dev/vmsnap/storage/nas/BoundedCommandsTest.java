package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BoundedCommandsTest {
    private final BoundedCommands commands = new BoundedCommands(new Shell(), Optional.empty());

    @Test
    void argumentsInputOutputAndExitCodeAreTheCommandsOwn() {
        Commands.Result result = commands.run(Command.of("sh", "-c", "cat; echo \"$1\" >&2; exit 7", "sh", "a 'b' $(c)")
                .reading("text"));

        assertThat(result).isEqualTo(new Commands.Result(7, "text", "a 'b' $(c)\n"));
    }

    @Test
    void aCommandThatNeverEndsIsEndedOnTheNodeWithWhatItHasStarted() {
        assertThatThrownBy(() -> commands.run(
                        Command.of("sh", "-c", "tail -f /dev/null; :").within(Duration.ofMillis(200))))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT))
                .hasMessageContaining("200 ms");
    }

    @Test
    void aProgramThatIsMissingIsNotAnImageThatIsMissing() {
        assertThatThrownBy(() -> commands.run(Command.of("vmsnap-no-such-program")))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING))
                .hasMessageContaining("vmsnap-no-such-program");
    }

    @Test
    void theNodeIsGivenTimeToEndItBeforeItIsGivenUp() {
        FakeNas nas = new FakeNas();
        Command[] sent = new Command[1];

        new BoundedCommands(
                        command -> {
                            sent[0] = command;
                            return nas.run(command);
                        },
                        Optional.of(new Owner(64055, 107)))
                .run(Command.of("true").within(Duration.ofSeconds(3)));

        assertThat(sent[0].timeout()).isGreaterThan(Duration.ofSeconds(3));
        assertThat(sent[0].arguments().subList(4, sent[0].arguments().size()))
                .isEqualTo(List.of(
                        "3.000", "setpriv", "--reuid", "64055", "--regid", "107", "--clear-groups", "--", "true"));
    }
}
