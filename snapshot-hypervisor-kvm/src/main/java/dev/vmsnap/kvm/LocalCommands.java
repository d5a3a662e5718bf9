package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** Runs commands on this machine. */
final class LocalCommands implements ByteCommands {
    private static final int NO_RIGHTS_TO_RUN = 126;

    private final Programs programs = new LocalPrograms();

    @Override
    public Output run(List<String> arguments, byte[] input, Duration timeout, int outputLimit) {
        return programs.run(Errand.plain(arguments, input, timeout, outputLimit));
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        byte[] input = command.input().getBytes(StandardCharsets.UTF_8);
        Output output = programs.run(Errand.watched(
                Lifeline.of(command.arguments(), input.length),
                input,
                command.timeout(),
                command.outputLimit(),
                wanted));
        String program = command.arguments().get(0);
        Result result = output.result();
        result.missingProgram(program).ifPresent(missing -> {
            throw Failures.program(missing, "this machine");
        });
        if (result.exitCode() == NO_RIGHTS_TO_RUN) {
            throw Failures.of(Reason.DENIED, "cannot run " + program + ": " + output.errors());
        }
        return result;
    }
}
