package dev.vmsnap.spi;

import dev.vmsnap.CancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs commands on a node: an argument vector, never a shell line. Thread-safe. */
public interface Commands {

    /**
     * Runs a command and waits for its end. Its locale is {@code C}.
     *
     * @param command what to run
     * @return how it ended, whatever its exit code
     * @throws dev.vmsnap.DriverException {@code TIMEOUT} when it was killed because its time was over,
     *     {@code UNREACHABLE} when the node cannot be reached, {@code MISSING} when there is no such program,
     *     {@code BROKEN} when it printed more than the limit
     */
    Result run(Command command);

    /**
     * Runs a command and waits for its end, as {@link #run} does, and tells what it prints as it does so.
     *
     * @param command what to run
     * @param wanted told each piece of its standard output, and an empty one now and then while it prints nothing; false
     *     has the command killed
     * @return how it ended, whatever its exit code; the output is whole
     * @throws CancelledException when it was killed because it was no longer wanted
     */
    default Result run(Command command, Predicate<String> wanted) {
        Result result = run(command);
        if (!wanted.test(result.output())) {
            throw new CancelledException(command.arguments().get(0) + " was no longer wanted");
        }
        return result;
    }

    /**
     * A command.
     *
     * @param arguments the program and its arguments, as they are; none contains NUL
     * @param input what it reads from standard input, sent as UTF-8; empty for nothing
     * @param timeout how long it may run
     * @param outputLimit how many bytes it may print on each of its two outputs
     * @param waiting how many of the arguments come before the program that changes something, such as {@code flock} and its
     *     own arguments: the node checks a {@linkplain HypervisorDriver#fencedBy lease} behind them
     */
    record Command(List<String> arguments, String input, Duration timeout, int outputLimit, int waiting) {
        private static final Duration ONE_MINUTE = Duration.ofMinutes(1);
        private static final int SIXTEEN_MIB = 16 << 20;

        /** Checks the arguments. */
        public Command {
            arguments = List.copyOf(arguments);
            if (arguments.isEmpty() || arguments.stream().anyMatch(a -> a.indexOf('\0') >= 0)) {
                throw new IllegalArgumentException("a command has a program, and no argument holds NUL");
            }
            if (waiting < 0 || waiting >= arguments.size()) {
                throw new IllegalArgumentException("a command has a program behind what waits");
            }
        }

        /**
         * Makes a command that does not wait.
         *
         * @param arguments the program and its arguments
         * @param input what it reads
         * @param timeout how long it may run
         * @param outputLimit how many bytes it may print on each output
         */
        public Command(List<String> arguments, String input, Duration timeout, int outputLimit) {
            this(arguments, input, timeout, outputLimit, 0);
        }

        /**
         * Returns a command without input, with one minute of time and 16 MiB of output.
         *
         * @param arguments the program and its arguments
         * @return the command
         */
        public static Command of(String... arguments) {
            return new Command(List.of(arguments), "", ONE_MINUTE, SIXTEEN_MIB);
        }

        /**
         * Returns this command with another time limit.
         *
         * @param limit how long it may run
         * @return the changed copy
         */
        public Command within(Duration limit) {
            return new Command(arguments, input, limit, outputLimit, waiting);
        }

        /**
         * Returns this command with something to read.
         *
         * @param text its standard input
         * @return the changed copy
         */
        public Command reading(String text) {
            return new Command(arguments, text, timeout, outputLimit, waiting);
        }

        /**
         * Returns this command behind others that start it, such as {@code flock}, {@code timeout} or {@code setpriv}.
         *
         * @param words the other programs and their arguments
         * @return the changed copy
         */
        public Command behind(List<String> words) {
            List<String> all = new ArrayList<>(words);
            all.addAll(arguments);
            return new Command(all, input, timeout, outputLimit, waiting + words.size());
        }
    }

    /**
     * How a command ended.
     *
     * @param exitCode its exit code
     * @param output what it printed on standard output, read as UTF-8
     * @param errors what it printed on standard error, read as UTF-8
     */
    record Result(int exitCode, String output, String errors) {
        private static final int NO_SUCH_PROGRAM = 127;

        // dash: "sh: 1: x: not found"; bash: "sh: line 1: x: command not found"; timeout and env quote, setpriv does
        // not.
        private static final Pattern NOT_FOUND = Pattern.compile(
                "(?m)(?:^|: )(?<shell>[\\w./+-]+): (?:command )?not found$"
                        + "|(?:failed to run command |failed to execute |env: )['‘]?(?<tool>[\\w./+-]+)['’]?: No such file");

        /**
         * Tells whether it succeeded.
         *
         * @return true for exit code 0
         */
        public boolean succeeded() {
            return exitCode == 0;
        }

        /**
         * Names the program that the node lacks, if the command ended for that reason: with exit code 127 of a shell, of
         * {@code timeout}, {@code env} or {@code setpriv}. A shell or such a program names on standard error the program that
         * it did not find.
         *
         * @param command the program that was asked for, if standard error names none
         * @return the name of the program; empty if the command ended with another exit code
         */
        public Optional<String> missingProgram(String command) {
            if (exitCode != NO_SUCH_PROGRAM) {
                return Optional.empty();
            }
            Matcher named = NOT_FOUND.matcher(errors);
            return Optional.of(
                    named.find() ? named.group("shell") == null ? named.group("tool") : named.group("shell") : command);
        }
    }
}
