package dev.vmsnap.it;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs a command of the test's own, beside the library: an independent eye on what it did. */
public final class Shell {

    private Shell() {}

    /** Runs a command and returns what it printed; a failure is an error of the test. */
    public static String run(String... command) {
        Outcome outcome = attempt(command);
        if (outcome.exitCode() != 0) {
            throw new IllegalStateException(
                    String.join(" ", command) + ": exit " + outcome.exitCode() + ": " + outcome.output());
        }
        return outcome.output();
    }

    /** Runs a command whatever its exit code. */
    public static Outcome attempt(String... command) {
        try {
            Process process = new ProcessBuilder(List.of(command))
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output.strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public record Outcome(int exitCode, String output) {}
}
