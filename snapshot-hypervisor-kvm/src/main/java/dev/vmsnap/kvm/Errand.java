package dev.vmsnap.kvm;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A program of this machine that is to be run, and how. */
final class Errand {
    private final List<String> arguments;
    private final byte[] input;
    private final Duration timeout;
    private final int outputLimit;
    private final Optional<Predicate<String>> wanted;

    private Errand(
            List<String> arguments,
            byte[] input,
            Duration timeout,
            int outputLimit,
            Optional<Predicate<String>> wanted) {
        this.arguments = List.copyOf(arguments);
        this.input = input;
        this.timeout = timeout;
        this.outputLimit = outputLimit;
        this.wanted = wanted;
    }

    /** One whose standard input ends after what it is to read. */
    static Errand plain(List<String> arguments, byte[] input, Duration timeout, int outputLimit) {
        return new Errand(arguments, input, timeout, outputLimit, Optional.empty());
    }

    /** One whose standard input stays open while it is wanted. */
    static Errand watched(
            List<String> arguments, byte[] input, Duration timeout, int outputLimit, Predicate<String> wanted) {
        return new Errand(arguments, input, timeout, outputLimit, Optional.of(wanted));
    }

    String program() {
        return program(arguments);
    }

    /** Names the program of a command; a script bears the name that its shell is given. */
    static String program(List<String> arguments) {
        boolean script = arguments.size() > 3
                && arguments.get(0).equals("sh")
                && arguments.get(1).equals("-c");
        return arguments.get(script ? 3 : 0);
    }

    List<String> arguments() {
        return arguments;
    }

    byte[] input() {
        return input;
    }

    Duration timeout() {
        return timeout;
    }

    int outputLimit() {
        return outputLimit;
    }

    /** Told what it prints, and whether it is still wanted; empty when nobody asks. */
    Optional<Predicate<String>> wanted() {
        return wanted;
    }
}
