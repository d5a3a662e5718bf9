package dev.vmsnap.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.VmRecord;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreProcessesTest {
    @TempDir
    Path directory;

    @RepeatedTest(3)
    void aProcessThatIsKilledLosesNoAcknowledgedCommit() throws Exception {
        Path file = directory.resolve("snapshots.db");
        for (int round = 0; round < 3; round++) {
            String operation = "op-" + round;
            long acknowledged = 0;
            try (Child child = Child.start("commit", file.toString(), operation)) {
                while (acknowledged < 50 + 40L * round) {
                    acknowledged = Long.parseLong(child.line());
                }
                for (String line : child.kill()) {
                    acknowledged = line.isEmpty() ? acknowledged : Math.max(acknowledged, Long.parseLong(line));
                }
            }
            try (JdbcStore store = JdbcStore.sqlite(file)) {
                VmRecord record = store.find(StoreProcess.VM).orElseThrow();
                assertThat(record.node()).contains(operation);
                assertThat(Long.parseLong(record.name().substring("guest ".length())))
                        .isBetween(acknowledged, acknowledged + 1);
                JournalEntry entry = store.journal().get(round);
                assertThat(entry.operation()).isEqualTo(operation);
                assertThat(Long.parseLong(entry.facts().get("number"))).isBetween(acknowledged, acknowledged + 1);
            }
        }
    }

    @Test
    void processesThatChangeOneRecordAtOnceLoseNoChange() throws Exception {
        Path file = directory.resolve("snapshots.db");
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(VmRecord.of(StoreProcess.VM)
                    .withSettings(Optional.empty(), SettingsChoice.open().limit(0)));
            List<Child> children = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                children.add(Child.start("increment", file.toString(), "100"));
            }
            for (Child child : children) {
                assertThat(child.line()).isEqualTo("ready");
            }
            for (Child child : children) {
                assertThat(child.await()).isZero();
            }

            VmRecord record = store.find(StoreProcess.VM).orElseThrow();
            assertThat(record.choice().limit()).contains(300);
            assertThat(record.revision()).isEqualTo(301);
        }
    }

    @Test
    void processesThatOpenANewStoreAtOnceAllFindIt() throws Exception {
        Path file = directory.resolve("new/snapshots.db");
        List<Child> children = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            children.add(Child.start("try", file.toString()));
        }

        for (Child child : children) {
            assertThat(child.line()).isEqualTo("opened, 0");
            assertThat(child.await()).isZero();
        }
    }

    @Test
    void aMissingPlaceForTheNativeLibraryIsNamed() throws Exception {
        Path noDirectory = Files.createFile(directory.resolve("a-file"));
        List<String> quietly = List.of("sh", "-c", "exec \"$@\" 2>/dev/null", "sh");
        try (Child child = Child.start(
                quietly,
                List.of("-Dorg.sqlite.tmpdir=" + noDirectory),
                "try",
                directory.resolve("snapshots.db").toString())) {
            assertThat(child.line()).startsWith("TOOL_MISSING").contains("org.sqlite.tmpdir");
        }
    }
}
