package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class CreateAndRestoreTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aSnapshotBringsTheDisksBack() {
        bench.web.write("vda", "good");
        bench.create("before");
        bench.web.write("vda", "broken");

        Result result = bench.vmsnap("restore", "web-1", "before");

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("restored \"before\"").contains("of web-1");
        assertThat(bench.web.read("vda")).isEqualTo("good");
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void ramIsSavedWhenAskedForAndItsSizeIsTold() {
        bench.done("settings", "web-1", "--allow-ram", "true");
        bench.web.remember("counter 7");

        Result result = bench.vmsnap("create", "web-1", "--name", "with ram", "--ram");
        bench.web.remember("counter 9");

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("RAM 1 GiB").contains("guest held").contains("RAM consistency");
        assertThat(bench.vmsnap("restore", "web-1", "with ram").code()).isZero();
        assertThat(bench.web.ram()).isEqualTo("counter 7");
    }

    @Test
    void jsonTellsTheWholeSnapshot() {
        JsonObject snapshot = bench.done("create", "web-1", "--name", "n", "--comment", "two\nlines")
                .getAsJsonObject("snapshot");

        assertThat(snapshot.get("name").getAsString()).isEqualTo("n");
        assertThat(snapshot.get("comment").getAsString()).isEqualTo("two\nlines");
        assertThat(snapshot.get("status").getAsString()).isEqualTo("AVAILABLE");
        assertThat(snapshot.get("reason").isJsonNull()).isTrue();
        assertThat(snapshot.getAsJsonObject("createdBy").get("name").getAsString())
                .isEqualTo("ada");
        assertThat(snapshot.getAsJsonObject("createdBy").get("role").getAsString())
                .isEqualTo("ADMINISTRATOR");
        assertThat(snapshot.getAsJsonArray("volumes")).hasSize(2);
        assertThat(snapshot.getAsJsonObject("receipt").get("consistency").getAsString())
                .isEqualTo("CRASH");
        assertThat(snapshot.getAsJsonObject("vm").get("id").getAsString()).isEqualTo("web-1");
    }

    @Test
    void withJsonNothingIsSaidBesidesTheDocument() {
        assertThat(bench.vmsnap("create", "web-1", "--json").err()).isEmpty();
        assertThat(bench.vmsnap("--json", "delete-all", "web-1").err()).isEmpty();
    }

    @Test
    void progressIsOneLineForEachStepWhereNobodyWatches() {
        Result result = bench.vmsnap("create", "web-1");

        assertThat(result.err().lines()).isNotEmpty().allMatch(line -> line.matches(" *\\d+ %  .*"));
        assertThat(result.err()).contains("100 %  done").doesNotContain("\r");
    }

    @Test
    void progressIsABarThatIsErasedOnATerminal() {
        Result result = bench.onTerminal().vmsnap("create", "web-1");

        assertThat(result.err()).contains("█").endsWith("\r\u001b[K").doesNotContain("\n");
    }

    @Test
    void aNoticeIsPrinted() {
        bench.web.withCdrom("sda");

        assertThat(bench.vmsnap("create", "web-1").out()).contains("note:").contains("sda");
    }

    @Test
    void aDryRunTellsThePlanAndTouchesNothing() {
        bench.done("settings", "web-1", "--allow-ram", "true");

        Result result = bench.vmsnap("create", "web-1", "--ram", "--dry-run");

        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("allowed")
                .contains("  1. ")
                .contains("(undo: ")
                .contains("point of no return")
                .contains("space:  at most 1.1 GiB on /images")
                .contains("is held while its RAM is written");
        assertThat(bench.done("list", "web-1").getAsJsonArray("snapshots")).isEmpty();
    }

    @Test
    void aDryRunOfWhatIsRefusedTellsWhyAndHowToFixIt() {
        Result result = bench.vmsnap("create", "web-1", "--ram", "--dry-run");

        assertThat(result.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(result.out()).contains("refused").contains("RAM_NOT_ALLOWED").contains("to fix:");
    }

    @Test
    void aDryRunInJsonHasStepsAndBytes() {
        bench.create("a");
        JsonObject document = bench.done("restore", "web-1", "a", "--dry-run");

        assertThat(document.get("allowed").getAsBoolean()).isTrue();
        assertThat(document.getAsJsonObject("plan").getAsJsonArray("steps")).isNotEmpty();
        assertThat(document.getAsJsonObject("plan").get("pause").getAsString()).isEqualTo("RESTART");
        assertThat(document.getAsJsonObject("plan").get("pointOfNoReturn").getAsInt())
                .isPositive();
        assertThat(document.getAsJsonObject("plan").has("bytesNeeded")).isTrue();
    }

    @Test
    void theLimitOfThreeRefusesTheFourth() {
        bench.create("1");
        bench.create("2");
        bench.create("3");

        Result text = bench.vmsnap("create", "web-1");
        Result json = bench.vmsnap("create", "web-1", "--json");

        assertThat(text.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(text.out()).isEmpty();
        assertThat(text.err()).contains("refused:").contains("LIMIT_REACHED").contains("to fix:");
        assertThat(json.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(json.error().get("kind").getAsString()).isEqualTo("refused");
        assertThat(json.error().get("exitCode").getAsInt()).isEqualTo(ExitCode.REFUSED);
        JsonObject refusal = json.error().getAsJsonArray("refusals").get(0).getAsJsonObject();
        assertThat(refusal.get("code").getAsString()).isEqualTo("LIMIT_REACHED");
        assertThat(refusal.get("remedy").getAsString()).isNotBlank();
        assertThat(refusal.getAsJsonObject("data").get("limit").getAsString()).isEqualTo("3");
    }

    @Test
    void aFailureThatWasUndoneExitsWithFour() {
        bench.datacenter.faults().failOn(Point.IMAGES_CUT).with(Reason.BROKEN);

        Result result = bench.vmsnap("create", "web-1", "--json");

        assertThat(result.code()).isEqualTo(ExitCode.UNDONE);
        assertThat(result.error().get("kind").getAsString()).isEqualTo("failed");
        assertThat(result.error().get("reason").getAsString()).isEqualTo("BROKEN");
        assertThat(result.error().get("recovery").getAsString()).isNotBlank();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void whatCouldNotBeUndoneExitsWithFiveUntilItIsRecovered() {
        bench.datacenter
                .faults()
                .failOn(Point.IMAGES_CUT)
                .onCall(1)
                .at(dev.vmsnap.testkit.Faults.Moment.AFTER)
                .with(Reason.BROKEN);
        bench.datacenter.faults().failOn(Point.IMAGES_DELETE).with(Reason.UNREACHABLE);

        Result failed = bench.vmsnap("create", "web-1", "--json");
        Result open = bench.vmsnap("recover", "--json");
        bench.datacenter.faults().clear();
        Result mended = bench.vmsnap("recover", "--json");

        assertThat(failed.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(failed.error().get("kind").getAsString()).isEqualTo("repair-needed");
        assertThat(failed.error().getAsJsonArray("leftovers")).isNotEmpty();
        assertThat(open.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(open.json().get("clean").getAsBoolean()).isFalse();
        assertThat(mended.code()).isZero();
        assertThat(mended.json().get("clean").getAsBoolean()).isTrue();
        assertThat(mended.json().getAsJsonArray("recovered")).hasSize(1);
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aVmThatWasOffStaysOffAndIsSnapshotOffline() {
        bench.web.power(PowerState.OFF);

        assertThat(bench.vmsnap("create", "web-1", "--name", "off").out()).contains("offline consistency");
        assertThat(bench.vmsnap("restore", "web-1", "off").code()).isZero();
        assertThat(bench.web.power()).isEqualTo(PowerState.OFF);
    }

    @Test
    void anUnavailableSnapshotSaysWhyAndCanBeDeleted() {
        bench.done("settings", "web-1", "--allow-ram", "true");
        bench.datacenter.leaveFree("/images", 8 << 20);

        Result full = bench.vmsnap("create", "web-1", "--name", "too big", "--ram", "--json");

        assertThat(full.code()).isEqualTo(ExitCode.UNDONE);
        assertThat(full.error().get("reason").getAsString()).isEqualTo("NO_SPACE");
        assertThat(bench.vmsnap("tree", "web-1").out()).contains("UNAVAILABLE (no space)");
        assertThat(bench.vmsnap("restore", "web-1", "too big").code()).isEqualTo(ExitCode.REFUSED);
        assertThat(bench.vmsnap("delete", "web-1", "too big").code()).isZero();
        bench.datacenter.assertNoLeftovers();
    }
}
