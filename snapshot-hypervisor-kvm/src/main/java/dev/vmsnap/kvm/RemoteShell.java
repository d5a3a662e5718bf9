package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.kvm.ByteCommands.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * A shell on another machine that runs one command after the other, since a session for each would cost more than many a
 * command does. What a command prints ends with a line that nobody can foresee. For one command at a time.
 */
final class RemoteShell implements AutoCloseable {
    /** The program that such a shell is there, for any login shell. */
    static final String PROGRAM = "exec env LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 sh";

    // More than that would be a long word of a shell's.
    private static final int LONGEST_INPUT = 1 << 17;

    private final Process process;
    private final Ear output;
    private final Ear errors;

    /**
     * Makes one of a process.
     *
     * @param process a shell that reads its commands from standard input, or what leads to it
     */
    RemoteShell(Process process) {
        this.process = process;
        this.output = new Ear(process.getInputStream());
        this.errors = new Ear(process.getErrorStream());
        Workers.start(output);
        Workers.start(errors);
    }

    /** Whether what a command is to read can be handed over in this way: a shell knows no zero bytes. */
    static boolean takes(byte[] input) {
        if (input.length > LONGEST_INPUT) {
            return false;
        }
        for (byte one : input) {
            if (one == 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether it waits for a command, and nothing that an earlier one has left behind talks into the next one's output. */
    boolean isReady() {
        return process.isAlive() && output.isSilent() && errors.isSilent();
    }

    /**
     * Runs a command to its end; failures as in {@link dev.vmsnap.spi.Commands#run}, after which this shell is of no use.
     *
     * @param arguments the program and its arguments
     * @param input what it reads, as {@link #takes} allows
     * @param timeout how long it may take
     * @param outputLimit how many bytes it may print, to each stream
     * @return how it ended; empty when the shell ended first, and nobody knows how far the command came
     */
    Optional<Output> run(List<String> arguments, byte[] input, Duration timeout, int outputLimit) {
        String program = Errand.program(arguments);
        String mark = UUID.randomUUID().toString();
        long end = System.nanoTime() + timeout.toNanos();
        if (!say(script(arguments, input, mark))) {
            return Optional.empty();
        }
        Optional<Ear.Heard> said = output.until(mark, end, outputLimit, program, timeout);
        Optional<Ear.Heard> complained = errors.until(mark, end, outputLimit, program, timeout);
        if (said.isEmpty() || complained.isEmpty()) {
            return Optional.empty();
        }
        int exitCode = Integer.parseInt(said.get().behindTheMark());
        return Optional.of(
                new Output(exitCode, said.get().text(), complained.get().text()));
    }

    /** A command, then the marks where its outputs end. Nothing that it reads is the shell's own standard input. */
    private static byte[] script(List<String> arguments, byte[] input, String mark) {
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        if (input.length > 0) {
            script.writeBytes(utf8("printf %s '"));
            for (byte one : input) {
                script.writeBytes(one == '\'' ? utf8("'\\''") : new byte[] {one});
            }
            script.writeBytes(utf8("' | "));
        }
        String words = arguments.stream().map(SshCommands::quoted).collect(Collectors.joining(" "));
        script.writeBytes(utf8("( exec " + words + " )" + (input.length > 0 ? "" : " </dev/null") + "\n"));
        script.writeBytes(utf8("printf '\\n%s %d\\n' " + mark + " $?; printf '\\n%s \\n' " + mark + " >&2\n"));
        return script.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private boolean say(byte[] script) {
        try {
            OutputStream stdin = process.getOutputStream();
            stdin.write(script);
            stdin.flush();
            return true;
        } catch (IOException ended) {
            return false;
        }
    }

    /** How it ended, and what it or the way to it said of that; for a shell that has ended or is about to. */
    Output lastWords(Duration patience) {
        if (!Workers.ended(process.onExit(), patience)) {
            throw Failures.of(Reason.UNREACHABLE, "a shell there ended, and the way to it did not");
        }
        long until = System.nanoTime() + patience.toNanos();
        return new Output(process.exitValue(), output.rest(until), errors.rest(until));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
