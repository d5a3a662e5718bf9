package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.RepairNeededException;
import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line makes of failures of the store. */
final class WrongStoreTest {
    @TempDir
    Path directory;

    @Test
    void aFileThatIsNoStoreIsAnErrorOfTheCommandLine() throws Exception {
        Path text = Files.writeString(directory.resolve("passwd"), "root:x:0:0\n".repeat(200));

        for (Path wrong : List.of(text, directory, Path.of("/proc/x.db"))) {
            assertThatThrownBy(() -> LibvirtConnections.store(wrong))
                    .isInstanceOf(UsageException.class)
                    .hasMessageContaining("--store")
                    .hasMessageContaining(wrong.toString());
        }
    }

    @Test
    void everyOtherProblemHasTheExitCodeOfTheStoreAndSpeaksOfTheStoreOnly() {
        for (Problem problem : Problem.values()) {
            Failure failure = Failure.of(new StoreException("sqlite", problem, "the store s is so"));

            assertThat(failure.kind()).isEqualTo("store");
            assertThat(failure.exitCode()).isEqualTo(7);
            assertThat(failure.recovery())
                    .doesNotContain("doctor")
                    .doesNotContain("log of the node")
                    .doesNotContain("undone");
        }
    }

    @Test
    void anOperationThatTheStoreLeftOpenIsRecoveredOnceTheStoreIsMended() {
        StoreException full = new StoreException("sqlite", Problem.FULL, "the store s has no space left");

        assertThat(Failure.of(new RepairNeededException("m", List.of(), full)).recovery())
                .isEqualTo("Free space on the file system of the store, then try again. Then run 'vmsnap recover'.");
    }
}
