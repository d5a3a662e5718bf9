package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.core.internal.plan.StepKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** ARCHITECTURE.md says what the code does. */
final class ArchitecturePageTest {

    private static final int MOST_LINES = 155;

    private static final Pattern STEP = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| ([^|]+) \\| [^|]+ \\| ([^|]+) \\|$");
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static final Pattern TEST_CLASS = Pattern.compile("`([A-Z]\\w+(?:Test|Contract))`");
    private static final Set<StepKind> MIGRATING = Set.of(
            StepKind.RELEASE_VOLUMES,
            StepKind.ADOPT_VOLUMES,
            StepKind.VERIFY_THERE,
            StepKind.DEFINE_THERE,
            StepKind.FORGET_HERE,
            StepKind.COMMIT_MIGRATION,
            StepKind.UNPUBLISH_HERE);
    private static final Set<StepKind> CLONING = Set.of(StepKind.COPY, StepKind.REVEAL, StepKind.HAND_OVER);
    private static final Set<StepKind> DELETING =
            Set.of(StepKind.MARK_DELETING, StepKind.DELETE, StepKind.RECLAIM, StepKind.COMMIT_DELETE, StepKind.FORGET);

    private final String page = Product.text("ARCHITECTURE.md");

    @Test
    void itIsTwoPagesLong() {
        assertThat(page.lines()).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void itsTablesHaveTheStepsOfACreateAndARestoreWithTheirUndo() {
        List<String> rows = STEP.matcher(page)
                .results()
                .map(row -> String.join(" | ", row.group(1), row.group(2), row.group(3)))
                .toList();

        List<String> steps = Arrays.stream(StepKind.values())
                .filter(kind -> !MIGRATING.contains(kind)
                        && !CLONING.contains(kind)
                        && !DELETING.contains(kind)
                        && kind != StepKind.UNPUBLISH)
                .map(kind -> String.join(
                        " | ", kind.name(), kind.label(), kind.undo().orElse("-")))
                .toList();
        assertThat(rows).containsAll(steps);
        assertThat(steps).containsAll(rows);
    }

    @Test
    void itNamesTheStepsOfAMigrationAndOfAClone() {
        assertThat(page)
                .contains(Stream.concat(MIGRATING.stream(), CLONING.stream())
                        .map(kind -> "`" + kind + "`")
                        .toList());
    }

    @Test
    void theTestsThatItNamesExist() throws IOException {
        Set<String> named = TEST_CLASS
                .matcher(page)
                .results()
                .map(found -> found.group(1) + ".java")
                .collect(Collectors.toSet());

        assertThat(named).hasSizeGreaterThan(10);
        assertThat(sources()).containsAll(named);
    }

    private static Set<String> sources() throws IOException {
        List<String> modules = MODULE.matcher(Product.text("pom.xml"))
                .results()
                .map(found -> found.group(1) + "/src")
                .toList();
        Set<String> names = new TreeSet<>();
        for (String module : modules) {
            Path sources = Product.repository().resolve(module);
            if (Files.isDirectory(sources)) {
                try (Stream<Path> files = Files.walk(sources)) {
                    files.map(file -> file.getFileName().toString()).forEach(names::add);
                }
            }
        }
        return names;
    }
}
