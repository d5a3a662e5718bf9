package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.HypervisorDriver.Fence;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The node itself refuses to begin a command when the lease of its caller may be over. */
final class NodeFenceTest {
    private static final Fence HELD = () -> Duration.ofMinutes(1);
    private static final UnaryOperator<String> RIGHT = reading -> reading;
    private static final UnaryOperator<String> BEHIND = reading -> "0.10 " + reading.split(" ")[1];
    private static final UnaryOperator<String> BEFORE_THE_BOOT =
            reading -> reading.split(" ")[0] + " 00000000-0000-0000-0000-000000000000\n";

    @TempDir
    Path directory;

    private final LocalCommands node = new LocalCommands();
    private final List<Command> ran = new ArrayList<>();

    @Test
    void aCommandRunsWhileTheLeaseIsHeldAndEndsAsItEnds() {
        Commands fenced = fenced(HELD, RIGHT);

        Result cat = fenced.run(Command.of("cat").reading("text"));
        Result ended = fenced.run(Command.of("sh", "-c", "echo \"$1\" >&2; exit 3", "script", "it's \"so\""));

        assertThat(cat.output()).isEqualTo("text");
        assertThat(ended.exitCode()).isEqualTo(3);
        assertThat(ended.errors()).isEqualTo("it's \"so\"");
    }

    @Test
    void theNodeRefusesACommandThatComesWhenTheLeaseIsOver() {
        assertThat(refusedBy(fenced(HELD, BEHIND))).isEqualTo(Reason.LEASE_LOST);
    }

    @Test
    void theNodeRefusesACommandOfALeaseFromBeforeItsBoot() {
        assertThat(refusedBy(fenced(HELD, BEFORE_THE_BOOT))).isEqualTo(Reason.LEASE_LOST);
    }

    @Test
    void nothingGoesToTheNodeWithoutALease() {
        Commands fenced = fenced(
                () -> {
                    throw new DriverException("test", Reason.LEASE_LOST, "over");
                },
                RIGHT);

        assertThat(refusedBy(fenced)).isEqualTo(Reason.LEASE_LOST);
        assertThat(ran).isEmpty();
    }

    @Test
    void aCallerThatWasSuspendedAndStillHoldsTheLeaseReadsTheNodesClockAgain() {
        List<UnaryOperator<String>> readings = new ArrayList<>(List.of(BEHIND, RIGHT));

        Result touched =
                fenced(HELD, reading -> readings.remove(0).apply(reading)).run(touch());

        assertThat(touched.succeeded()).isTrue();
        assertThat(file()).exists();
        assertThat(readings).isEmpty();
    }

    @Test
    void theClockIsReadOnce() {
        Commands fenced = fenced(HELD, RIGHT);

        fenced.run(touch());
        fenced.run(touch());

        assertThat(ran).filteredOn(command -> command.arguments().size() == 3).hasSize(1);
    }

    @Test
    void whatACommandWaitsForComesBeforeTheCheck() {
        fenced(HELD, RIGHT).run(touch().behind(List.of("flock", "-w", "5", directory + "/lock")));

        List<String> arguments = ran.get(ran.size() - 1).arguments();
        assertThat(arguments.subList(0, 6)).containsExactly("flock", "-w", "5", directory + "/lock", "sh", "-c");
        assertThat(arguments).endsWith("touch", file().toString());
        assertThat(file()).exists();
    }

    @Test
    void aNodeWithoutSuchAClockStillRunsCommands() {
        fenced(HELD, reading -> "no clock").run(touch());

        assertThat(file()).exists();
    }

    @Test
    void aProgramThatIsNotThereIsMissing() {
        assertThatThrownBy(() -> fenced(HELD, RIGHT).run(Command.of("vmsnap-no-such-program")))
                .isInstanceOfSatisfying(DriverException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.TOOL_MISSING);
                    assertThat(e).hasMessageContaining("vmsnap-no-such-program");
                });
    }

    @Test
    void aTimeoutNamesTheProgram() {
        assertThatThrownBy(
                        () -> fenced(HELD, RIGHT).run(Command.of("sleep", "600").within(Duration.ofMillis(50))))
                .hasMessageStartingWith("sleep ");
    }

    private Reason refusedBy(Commands fenced) {
        try {
            fenced.run(touch());
        } catch (DriverException e) {
            assertThat(Files.exists(file())).isFalse();
            return e.reason();
        }
        throw new AssertionError("it was run");
    }

    private Commands fenced(Fence fence, UnaryOperator<String> reading) {
        Commands recorded = command -> {
            ran.add(command);
            Result result = node.run(command);
            boolean clock = command.arguments().size() == 3;
            return clock ? new Result(0, reading.apply(result.output()), "") : result;
        };
        return new FencedCommands(recorded, new NodeFence(new NodeClock(recorded), fence));
    }

    private Command touch() {
        return Command.of("touch", file().toString());
    }

    private Path file() {
        return directory.resolve("file");
    }
}
