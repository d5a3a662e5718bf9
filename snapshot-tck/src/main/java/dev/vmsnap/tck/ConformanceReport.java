package dev.vmsnap.tck;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Writes down which sentences of a contract hold, which do not, and which a driver does not claim, so that none looks
 * complete by claiming little. Into {@code target/conformance.md}, or the file that the configuration parameter
 * {@value #FILE} names; none when that is blank.
 */
final class ConformanceReport implements TestWatcher {
    static final String FILE = "vmsnap.conformance.file";
    private static final Namespace NAMESPACE = Namespace.create(ConformanceReport.class);

    @Override
    public void testSuccessful(ExtensionContext context) {
        add(context, Outcome.HOLDS, "");
    }

    @Override
    public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
        add(context, Outcome.BROKEN, "");
    }

    @Override
    public void testAborted(ExtensionContext context, @Nullable Throwable cause) {
        String why = cause == null ? "" : String.valueOf(cause.getMessage());
        add(context, Outcome.NOT_CLAIMED, why);
    }

    // JUnit 5.12 has no other method for it, and JUnit 6 still has this one.
    @SuppressWarnings("deprecation")
    private static void add(ExtensionContext context, Outcome outcome, String why) {
        String file = context.getConfigurationParameter(FILE).orElse("target/conformance.md");
        if (!file.isBlank()) {
            Report report = context.getRoot()
                    .getStore(NAMESPACE)
                    .getOrComputeIfAbsent(file, name -> new Report(Path.of(name)), Report.class);
            Objects.requireNonNull(report)
                    .add(context.getRequiredTestClass().getSimpleName(), context.getDisplayName(), outcome, why);
        }
    }

    /** What became of a sentence. */
    private enum Outcome {
        HOLDS("holds"),
        BROKEN("BROKEN"),
        NOT_CLAIMED("not claimed");

        private final String word;

        Outcome(String word) {
            this.word = word;
        }
    }

    private record Line(String sentence, Outcome outcome, String why) {
        String text() {
            return "| " + sentence + " | " + outcome.word + (why.isEmpty() ? "" : " (" + why + ")") + " |";
        }
    }

    /** The report of one run; written when the run ends. JUnit 5.12 closes the one kind of resource, JUnit 6 the other. */
    @SuppressWarnings("deprecation")
    private static final class Report implements AutoCloseable, ExtensionContext.Store.CloseableResource {
        private final Path file;
        private final Map<String, List<Line>> byClass = new TreeMap<>();

        Report(Path file) {
            this.file = file;
        }

        synchronized void add(String testClass, String sentence, Outcome outcome, String why) {
            byClass.computeIfAbsent(testClass, name -> new ArrayList<>()).add(new Line(sentence, outcome, why));
        }

        @Override
        public synchronized void close() {
            StringBuilder text = new StringBuilder("# Conformance\n");
            byClass.forEach((name, lines) -> {
                lines.sort((a, b) -> a.sentence().compareTo(b.sentence()));
                text.append("\n## ")
                        .append(name)
                        .append("\n\n")
                        .append(sum(lines))
                        .append("\n\n| sentence | |\n|---|---|\n");
                lines.forEach(line -> text.append(line.text()).append('\n'));
            });
            try {
                Path directory = Optional.ofNullable(file.getParent()).orElse(Path.of("."));
                Files.createDirectories(directory);
                Files.writeString(file, text);
            } catch (IOException e) {
                throw new UncheckedIOException("the conformance report cannot be written", e);
            }
        }

        private static String sum(List<Line> lines) {
            return count(lines, Outcome.HOLDS) + " of " + lines.size() + " sentences hold, "
                    + count(lines, Outcome.BROKEN) + " broken, " + count(lines, Outcome.NOT_CLAIMED) + " not claimed.";
        }

        private static long count(List<Line> lines, Outcome outcome) {
            return lines.stream().filter(line -> line.outcome() == outcome).count();
        }
    }
}
