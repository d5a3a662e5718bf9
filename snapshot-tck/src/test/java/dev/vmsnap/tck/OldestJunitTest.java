package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.VmSnapshots;
import dev.vmsnap.testkit.Datacenter;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
import org.opentest4j.TestAbortedException;

/** The contracts are compiled with JUnit 6; authors of drivers also run them with the oldest JUnit that is promised. */
final class OldestJunitTest {
    @TempDir
    Path directory;

    @Test
    void theContractsHoldAndAreReportedUnderTheOldestJunit() throws IOException, InterruptedException {
        Path report = directory.resolve("conformance.md");
        Path printed = directory.resolve("printed");
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        classPath(),
                        OldestJunitTest.class.getName(),
                        report.toString())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();

        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();

        assertThat(Files.readString(printed)).endsWith("0 failed\n").doesNotContain("Error", "\tat ");
        assertThat(process.exitValue()).isZero();
        assertThat(report).content().contains("## InMemoryStoreContractTest", "## InMemoryHypervisorContractTest");
    }

    /** What the contracts need, with the oldest JUnit in place of that which runs this test. */
    private static String classPath() throws IOException {
        Stream<Path> needed = Stream.of(
                        OldestJunitTest.class,
                        StorageDriverContract.class,
                        VmSnapshots.class,
                        Datacenter.class,
                        Assertions.class,
                        NullMarked.class,
                        TestAbortedException.class)
                .map(OldestJunitTest::place);
        try (Stream<Path> oldest = Files.list(Path.of("target", "oldest-junit"))) {
            List<Path> all = Stream.concat(needed, oldest).toList();
            return all.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
        }
    }

    private static Path place(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs in the process with the oldest JUnit. */
    public static void main(String[] arguments) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(
                        DiscoverySelectors.selectClass(InMemoryStoreContractTest.class),
                        DiscoverySelectors.selectClass(InMemoryHypervisorContractTest.class),
                        DiscoverySelectors.selectClass(InImageStorageContractTest.class))
                .configurationParameter(ConformanceReport.FILE, arguments[0])
                .build();
        LauncherFactory.create().execute(request, listener);
        TestExecutionSummary summary = listener.getSummary();
        summary.getFailures()
                .forEach(failure ->
                        System.out.println(failure.getTestIdentifier().getDisplayName()));
        System.out.println(summary.getTestsSucceededCount() + " held, " + summary.getTestsFailedCount() + " failed");
        System.exit(summary.getTestsSucceededCount() > 0 && summary.getTestsFailedCount() == 0 ? 0 : 1);
    }
}
