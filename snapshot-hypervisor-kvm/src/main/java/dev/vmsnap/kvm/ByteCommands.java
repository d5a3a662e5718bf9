package dev.vmsnap.kvm;

import dev.vmsnap.spi.Commands;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Commands that read and print bytes. */
interface ByteCommands extends Commands {

    /** Runs a command; everything else as in {@link Commands#run}. */
    Output run(List<String> arguments, byte[] input, Duration timeout, int outputLimit);

    @Override
    default Result run(Command command) {
        return run(
                        command.arguments(),
                        command.input().getBytes(StandardCharsets.UTF_8),
                        command.timeout(),
                        command.outputLimit())
                .result();
    }

    /** How a command ended; what {@link Commands.Result} is, in bytes. */
    final class Output {
        private final int exitCode;
        private final byte[] output;
        private final byte[] errors;

        Output(int exitCode, byte[] output, byte[] errors) {
            this.exitCode = exitCode;
            this.output = output;
            this.errors = errors;
        }

        int exitCode() {
            return exitCode;
        }

        byte[] output() {
            return output;
        }

        String errors() {
            return text(errors).strip();
        }

        boolean succeeded() {
            return exitCode == 0;
        }

        Result result() {
            return new Result(exitCode, text(output), errors());
        }
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
