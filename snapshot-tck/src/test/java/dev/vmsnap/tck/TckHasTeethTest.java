package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/** A contract that no driver can fail is worth nothing: each broken driver must fail its sentences, and only those. */
final class TckHasTeethTest {
    @TempDir
    Path directory;

    static Stream<Class<?>> brokenDrivers() {
        return Stream.of(
                        BrokenStorages.class,
                        BrokenStorageTruths.class,
                        BrokenPublications.class,
                        BrokenBounds.class,
                        BrokenStorageMoves.class,
                        BrokenStorageAnswers.class,
                        BrokenRamPlaces.class,
                        BrokenHypervisors.class,
                        BrokenHypervisorAnswers.class,
                        BrokenReversions.class,
                        BrokenBesides.class,
                        BrokenStores.class,
                        BrokenStoreRecords.class)
                .flatMap(all -> Stream.of(all.getDeclaredClasses()))
                .filter(type -> type.isAnnotationPresent(Breaks.class));
    }

    @ParameterizedTest
    @MethodSource("brokenDrivers")
    void aBrokenDriverFailsItsSentencesAndNoOthers(Class<?> broken) {
        EngineExecutionResults run = run(broken);

        Breaks expected = broken.getAnnotation(Breaks.class);
        List<String> failed = sentences(run.testEvents().failed().list()).stream()
                .filter(sentence -> !List.of(expected.atTimes()).contains(sentence))
                .toList();
        assertThat(failed).containsExactlyInAnyOrder(expected.value());
        assertThat(run.testEvents().succeeded().count()).isPositive();
    }

    @Test
    void everyBrokenDriverIsTried() {
        assertThat(brokenDrivers()).hasSize(120);
    }

    @Test
    void whatADriverDoesNotClaimIsNotPassed() throws Exception {
        EngineExecutionResults run = run(BrokenHypervisors.ClaimsNothing.class);

        assertThat(run.testEvents().failed().list()).isEmpty();
        assertThat(sentences(run.testEvents().aborted().list()))
                .hasSize(42)
                .contains("in-image RAM: a restore continues RAM and disks where they were");
        assertThat(Files.readString(report()))
                .contains("## ClaimsNothing")
                .contains("25 of 67 sentences hold, 0 broken, 42 not claimed.")
                .contains("| in-image RAM: a restore continues RAM and disks where they were "
                        + "| not claimed (in-memory does not claim the role InImageRam) |")
                .contains("| stop: loses the RAM and keeps the disks, as often as it is asked | holds |");
    }

    @Test
    void theReportNamesWhatIsBroken() throws Exception {
        run(BrokenStorages.CutsTwice.class);

        assertThat(Files.readString(report()))
                .contains("59 of 63 sentences hold, 1 broken, 3 not claimed.")
                .contains("| cut: asked again it keeps what it took the first time | BROKEN |");
    }

    private EngineExecutionResults run(Class<?> contract) {
        return EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(contract))
                .configurationParameter(ConformanceReport.FILE, report().toString())
                .execute();
    }

    private Path report() {
        return directory.resolve("conformance.md");
    }

    private static List<String> sentences(List<Event> events) {
        return events.stream()
                .map(event -> event.getTestDescriptor().getDisplayName())
                .toList();
    }
}
