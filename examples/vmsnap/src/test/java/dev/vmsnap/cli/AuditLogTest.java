package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Point;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @TempDir
    private Path directory;

    @Test
    void eachVerbIsWrittenDownWithWhoAskedAndWhatBecameOfIt() throws IOException {
        Path log = directory.resolve("audit.jsonl");
        bench.done("create", "web-1", "--name", "a", "--audit", log.toString());
        bench.vmsnap("--audit", log.toString(), "--as", "user:eve", "delete", "web-1", "a");
        bench.done("edit", "web-1", "a", "--tag", "x=1", "--audit", log.toString());
        bench.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).with(Reason.BROKEN);
        bench.vmsnap("create", "web-1", "--audit", log.toString());
        bench.done("list", "--audit", log.toString());

        List<JsonObject> lines = Files.readAllLines(log).stream()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .toList();

        assertThat(lines.stream().map(AuditLogTest::brief))
                .containsExactly(
                        "ADMINISTRATOR ada CREATE STARTED 1",
                        "ADMINISTRATOR ada CREATE FINISHED 1",
                        "USER eve DELETE REFUSED 0",
                        "ADMINISTRATOR ada EDIT FINISHED 1",
                        "ADMINISTRATOR ada CREATE STARTED 1",
                        "ADMINISTRATOR ada CREATE UNDONE 1");
        assertThat(lines).allSatisfy(line -> assertThat(line.keySet())
                .containsExactly("at", "actor", "vm", "verb", "phase", "operation", "snapshots", "detail"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
                .isEqualTo("rw-------");
    }

    @Test
    void aFileThatCannotBeWrittenIsAUsageError() {
        Result nowhere = bench.vmsnap(
                "create", "web-1", "--audit", directory.resolve("no/where").toString());

        assertThat(nowhere.code()).isEqualTo(ExitCode.USAGE);
        assertThat(nowhere.err()).contains("--audit: ", "cannot be written");
        assertThat(bench.done("list").getAsJsonArray("snapshots")).isEmpty();
    }

    private static String brief(JsonObject line) {
        JsonObject actor = line.getAsJsonObject("actor");
        return actor.get("role").getAsString() + " " + actor.get("name").getAsString() + " "
                + line.get("verb").getAsString() + " " + line.get("phase").getAsString() + " "
                + line.getAsJsonArray("snapshots").size();
    }
}
