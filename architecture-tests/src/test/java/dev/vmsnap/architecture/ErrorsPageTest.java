package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.BusyException;
import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.NoSuchSnapshotException;
import dev.vmsnap.Refusal;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StillRunningException;
import dev.vmsnap.StoreException;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/errors.md complete. */
final class ErrorsPageTest {
    private static final VmId VM = VmId.of("vm");
    private static final Set<String> WITH_DATA = Set.of("Notices", "What doctor finds");

    private final List<Row> rows = rows();

    private record Row(String section, String name, List<String> cells) {}

    @Test
    void everyFailureHasARow() {
        assertThat(names("Failures"))
                .containsExactlyInAnyOrderElementsOf(Stream.of(SnapshotException.class.getPermittedSubclasses())
                        .map(Class::getSimpleName)
                        .toList());
    }

    @Test
    void everyReasonOfADriverHasARow() {
        assertThat(names("Reasons of a DriverException"))
                .containsExactlyInAnyOrderElementsOf(Stream.of(DriverException.Reason.values())
                        .map(Enum::name)
                        .toList());
    }

    @Test
    void everyProblemOfAStoreHasARow() {
        assertThat(names("Problems of a store"))
                .containsExactlyInAnyOrderElementsOf(Stream.of(StoreException.Problem.values())
                        .map(Enum::name)
                        .toList());
        for (StoreException.Problem problem : StoreException.Problem.values()) {
            assertThat(recovery("Problems of a store", problem.name()))
                    .isEqualTo(new StoreException("s", problem, "m").recovery());
        }
    }

    @Test
    void everyRefusalHasARow() {
        assertThat(names("Refusals"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Refusal.Code.values()).map(Enum::name).toList());
    }

    @Test
    void everyNoticeHasARow() {
        assertThat(names("Notices"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Verdict.Notice.Code.values()).map(Enum::name).toList());
    }

    @Test
    void everyReasonOfAnUnavailableSnapshotHasARow() {
        assertThat(names("Why a snapshot is unavailable"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Snapshot.Reason.values()).map(Enum::name).toList());
    }

    @Test
    void everyFindingHasARow() {
        assertThat(names("What doctor finds"))
                .containsExactlyInAnyOrderElementsOf(
                        Stream.of(Finding.Kind.values()).map(Enum::name).toList());
    }

    @Test
    void everyNoticeAndEveryFindingHasTheKeysOfItsRow() {
        for (Verdict.Notice.Code code : Verdict.Notice.Code.values()) {
            assertThat(keys("Notices", code.name())).as(code.name()).isEqualTo(code.keys());
        }
        for (Finding.Kind kind : Finding.Kind.values()) {
            assertThat(keys("What doctor finds", kind.name())).as(kind.name()).isEqualTo(kind.keys());
        }
    }

    @Test
    void everyRowTellsConditionStateAndRecovery() {
        assertThat(rows).allSatisfy(row -> {
            int columns = WITH_DATA.contains(row.section()) ? 5 : 4;
            assertThat(row.cells()).as(row.name()).hasSize(columns);
            assertThat(row.cells().get(1)).as(row.name()).endsWith(".");
            assertThat(row.cells().get(columns - 1)).as(row.name()).endsWith(".");
        });
        assertThat(rows).filteredOn(row -> !row.section().equals("Refusals")).allSatisfy(row -> assertThat(
                        row.cells().get(row.cells().size() - 2))
                .as(row.name())
                .endsWith("."));
    }

    @Test
    void theRecoveryOnThePageIsTheOneTheExceptionGives() {
        Stream.of(
                        new NoSuchSnapshotException(VM, SnapshotId.of("s")),
                        new BusyException(VM, Verb.CREATE, "o", Instant.EPOCH),
                        new CancelledException("m"),
                        new StillRunningException("o", "m"),
                        new RepairNeededException("m", List.of(), new IllegalStateException()))
                .forEach(failure -> assertThat(
                                recovery("Failures", failure.getClass().getSimpleName()))
                        .isEqualTo(failure.recovery()));
        for (DriverException.Reason reason : DriverException.Reason.values()) {
            assertThat(recovery("Reasons of a DriverException", reason.name()))
                    .isEqualTo(new DriverException("d", reason, "m").recovery());
        }
    }

    private List<String> names(String section) {
        return rows.stream()
                .filter(row -> row.section().equals(section))
                .map(Row::name)
                .toList();
    }

    private Set<String> keys(String section, String name) {
        return rows.stream()
                .filter(row -> row.section().equals(section) && row.name().equals(name))
                .flatMap(row -> Pattern.compile("`([a-z]+)`")
                        .matcher(row.cells().get(2))
                        .results())
                .map(key -> key.group(1))
                .collect(Collectors.toSet());
    }

    private String recovery(String section, String name) {
        return rows.stream()
                .filter(row -> row.section().equals(section) && row.name().equals(name))
                .findFirst()
                .orElseThrow()
                .cells()
                .get(3);
    }

    private static List<Row> rows() {
        List<Row> found = new ArrayList<>();
        String section = "";
        for (String line : lines()) {
            if (line.startsWith("## ")) {
                section = line.substring(3);
            } else if (line.startsWith("| `")) {
                List<String> cells = Stream.of(
                                line.substring(1, line.length() - 1).split("\\|", -1))
                        .map(String::strip)
                        .toList();
                found.add(new Row(section, cells.get(0).replace("`", ""), cells));
            }
        }
        return found;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(Path.of("..", "docs", "errors.md"));
        } catch (IOException e) {
            throw new AssertionError("the page is in the docs directory of the repository", e);
        }
    }
}
