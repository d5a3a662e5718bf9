package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three answers to whether a path is there. */
final class PresenceTest {
    @TempDir
    Path directory;

    @Test
    void aPathIsThereOrProvedNotToBe() throws Exception {
        String there = Files.writeString(directory.resolve("a 'b' $x\n%"), "").toString();
        String below = there + "/c";
        String absent = directory.resolve("no").toString();

        Map<String, Presence> found = Presence.of(List.of(there, absent, below), new LocalCommands());

        assertThat(Presence.at(there, found).state()).isEqualTo(Presence.State.PRESENT);
        assertThat(Presence.at(absent, found).state()).isEqualTo(Presence.State.ABSENT);
        assertThat(Presence.at(below, found).state()).isEqualTo(Presence.State.ABSENT);
    }

    @Test
    void whatMayNotBeInspectedIsUnknown() {
        Presence denied = answered("1 stat: cannot statx '/x/y': Permission denied ");
        Presence hung = answered("137 ");
        Presence toolless = answered("127 sh: 1: timeout: not found ");

        assertThat(List.of(denied, hung, toolless, answered("")))
                .extracting(Presence::state)
                .containsOnly(Presence.State.UNKNOWN);
        assertThat(denied.why()).contains("Permission denied");
        assertThat(toolless.why()).contains("coreutils");
    }

    @Test
    void aNodeThatAnswersNothingInTimeLeavesAllUnknown() {
        Map<String, Presence> found = Presence.of(List.of("/a", "/b"), failing(Reason.TIMEOUT));

        assertThat(found.values()).extracting(Presence::state).containsOnly(Presence.State.UNKNOWN);
        assertThatThrownBy(() -> Presence.of(List.of("/a"), failing(Reason.UNREACHABLE)))
                .isInstanceOf(DriverException.class);
    }

    private static Presence answered(String line) {
        Commands commands = command -> new Commands.Result(0, line + "\n", "");
        return Presence.at("/x/y", Presence.of(List.of("/x/y"), commands));
    }

    private static Commands failing(Reason reason) {
        return command -> {
            throw Failures.of(reason, "no");
        };
    }
}
