package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.cli.CommandBench.Result;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class ReadingVerbsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void theTreeHasBranchesAndTheMarkerWhereTheVmIs() {
        String root = bench.create("root");
        String left = bench.create("left");
        bench.vmsnap("restore", "web-1", "root");
        String right = bench.create("right");
        bench.vmsnap("restore", "web-1", "left");
        bench.datacenter.advance(Duration.ofMinutes(5));

        String drawn = bench.vmsnap("tree", "web-1").out();

        assertThat(drawn.lines()
                        .map(line -> line.replaceAll("s[0-9a-f]{7,32}", "ID").replaceAll("  5 min ago", "")))
                .containsExactly(
                        "web-1", "└── root  ID", "    ├── left  ID", "    │   └── ● you are here", "    └── right  ID");
        assertThat(drawn).contains(root.substring(0, 8), left.substring(0, 8), right.substring(0, 8));
    }

    @Test
    void theTreeIsDrawnInAsciiWhereTheTerminalHasNothingElse() {
        bench.create("größe");

        String drawn =
                bench.charset(StandardCharsets.US_ASCII).vmsnap("tree", "web-1").out();

        assertThat(drawn)
                .contains("`-- gr\\xf6\\xdfe")
                .contains("    `-- * you are here")
                .doesNotContain("?");
    }

    @Test
    void aVmThatDescendsFromNoSnapshotHasTheMarkerAtTheTop() {
        bench.create("only");
        bench.done("delete", "web-1", "only");

        assertThat(bench.vmsnap("tree", "web-1").out()).contains("No snapshots.");
    }

    @Test
    void theTreeInJsonNamesRootsChildrenAndWhereTheVmIs() {
        String root = bench.create("root");
        String leaf = bench.create("leaf");

        JsonObject tree = bench.done("tree", "web-1");

        assertThat(tree.get("current").getAsString()).isEqualTo(leaf);
        assertThat(tree.getAsJsonArray("roots").get(0).getAsString()).isEqualTo(root);
        JsonObject first = tree.getAsJsonArray("snapshots").get(0).getAsJsonObject();
        assertThat(first.getAsJsonArray("children").get(0).getAsString()).isEqualTo(leaf);
        assertThat(first.get("parent").isJsonNull()).isTrue();
        assertThat(first.get("current").getAsBoolean()).isFalse();
    }

    @Test
    void vmsHaveAMarkerWhenTheyHaveSnapshots() {
        bench.datacenter.node("node-2").withVm("empty-1", "vda");
        bench.create("one");

        String text = bench.vmsnap("vms").out();

        assertThat(text.lines().filter(line -> line.contains("web-1")))
                .singleElement()
                .asString()
                .startsWith("●");
        assertThat(text.lines().filter(line -> line.contains("empty-1")))
                .singleElement()
                .asString()
                .startsWith(" ")
                .contains("node-2");
        JsonObject first = bench.done("vms").getAsJsonArray("vms").get(1).getAsJsonObject();
        assertThat(first.get("id").getAsString()).isEqualTo("web-1");
        assertThat(first.get("hasSnapshots").getAsBoolean()).isTrue();
        assertThat(first.get("power").getAsString()).isEqualTo("RUNNING");
    }

    @Test
    void theListIsOfAllVmsOrOfOne() {
        bench.datacenter.node("node-2").withVm("db-1", "vda");
        bench.create("one");
        bench.done("create", "db-1", "--name", "other");

        assertThat(names(bench.done("list"))).containsExactly("other", "one");
        assertThat(names(bench.done("list", "db-1"))).containsExactly("other");
        assertThat(bench.vmsnap("list").out())
                .contains("VM", "CREATED", "RAM", "STATUS")
                .doesNotContain("EXPIRES", "USED")
                .contains("db-1", "other", "AVAILABLE");
    }

    @Test
    void anEmptyListIsNoFailure() {
        Result result = bench.vmsnap("list");

        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("No snapshots." + System.lineSeparator());
    }

    @Test
    void showTellsEverything() {
        bench.web.withCdrom("sda");
        bench.done("create", "web-1", "--name", "parent", "--comment", "first line\nsecond line");
        String child = bench.create("child");

        String text = bench.vmsnap("show", "web-1", "parent").out();

        assertThat(text)
                .contains("administrator ada")
                .contains("AVAILABLE")
                .contains("\"child\" (" + child + ")")
                .contains("vda: /images/web-1-vda.qcow2")
                .contains("consistency: crash")
                .contains("  first line\n  second line")
                .contains("running on node node-1")
                .containsPattern("notes:\\s+.*sda");
        assertThat(bench.done("show", "web-1", child)
                        .getAsJsonObject("snapshot")
                        .get("current")
                        .getAsBoolean())
                .isTrue();
    }

    @Test
    void versionsTellWhatAnswersOnEachNode() {
        JsonObject versions = bench.done("version");

        assertThat(versions.get("java").getAsString()).isEqualTo(System.getProperty("java.version"));
        assertThat(versions.getAsJsonArray("nodes")).hasSize(2);
        assertThat(bench.vmsnap("version").out()).contains("node node-1: ");
    }

    @Test
    void theDoctorFindsNothingOnHealthyVmsAndExitsWithFiveOtherwise() {
        String id = bench.create("one");
        Result healthy = bench.vmsnap("doctor");
        bench.datacenter.destroyDisk("/images/web-1-vdb.qcow2");
        bench.datacenter.disk("/images/web-1-vdb.qcow2");

        Result ill = bench.vmsnap("doctor", "web-1", "--json");

        assertThat(healthy.code()).isZero();
        assertThat(healthy.out()).contains("web-1: all is well");
        assertThat(ill.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        JsonObject finding = ill.json().getAsJsonArray("findings").get(0).getAsJsonObject();
        assertThat(finding.get("kind").getAsString()).isEqualTo("PART_MISSING");
        assertThat(finding.get("subject").getAsString()).contains(id);
    }

    @Test
    void statusShowsTheTreeAndWhyItsUsageIsUnknownWhileTheStorageIsAway() {
        bench.create("one");
        bench.datacenter.inImage().away(true);

        Result status = bench.vmsnap("status", "web-1");
        Result usage = bench.vmsnap("usage", "web-1");

        assertThat(status.code()).isZero();
        assertThat(status.out()).contains("one", "What the snapshots take is unknown: ");
        assertThat(usage.code()).isEqualTo(ExitCode.UNDONE);
    }

    @Test
    void helpNeedsNoNodeAndNoStore() {
        Result result = bench.vmsnap("--help");

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("create", "vm-deleted", "generate-completion", "Exit codes");
        assertThat(bench.vmsnap("create", "--help").out()).contains("--quiesce", "never (the default)");
        assertThat(bench.datacenter.faults().calls()).isEmpty();
    }

    @Test
    void withoutAVerbTheUsageIsToldAsAFailure() {
        assertThat(bench.vmsnap().code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void completionIsAScriptThatKnowsTheVerbs() {
        Result result = bench.vmsnap("generate-completion");

        assertThat(result.code()).isZero();
        assertThat(result.out())
                .startsWith("#!")
                .contains("delete-all", "--to-storage", "network-lvm")
                .contains("delete-expired", "clone", "--keep-configuration", "--never-expires", "--quota", "--lvm");
    }

    @Test
    void coloursAreForTerminalsOnly() {
        bench.create("one");

        assertThat(bench.vmsnap("tree", "web-1").out()).doesNotContain("\u001b");
        assertThat(bench.onTerminal().vmsnap("tree", "web-1").out()).contains("\u001b[1mone");
        assertThat(bench.vmsnap("tree", "web-1", "--no-color").out()).doesNotContain("\u001b");
        assertThat(bench.vmsnap("tree", "web-1", "--json").out()).doesNotContain("\u001b");
    }

    private static java.util.List<String> names(JsonObject list) {
        return StreamSupport.stream(list.getAsJsonArray("snapshots").spliterator(), false)
                .map(JsonElement::getAsJsonObject)
                .map(s -> s.get("name").getAsString())
                .toList();
    }
}
