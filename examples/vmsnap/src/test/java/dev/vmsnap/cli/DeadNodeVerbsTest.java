package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.cli.CommandBench.Result;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The node of a VM with a snapshot does not answer. */
final class DeadNodeVerbsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @BeforeEach
    void cutTheLine() {
        bench.create("kept");
        bench.datacenter.node("node-1").disconnect(Reason.DENIED);
    }

    @Test
    void theTreeAndTheListAnswerByNameAndAskNoNode() {
        bench.datacenter.faults().forgetCalls();

        assertThat(bench.vmsnap("tree", "web-1").out()).contains("kept").doesNotContain("unknown");
        assertThat(bench.vmsnap("list").out()).contains("kept");
        assertThat(bench.vmsnap("list", "web-1").out()).contains("kept");

        assertThat(bench.datacenter.faults().calls())
                .extracting(call -> call.point().name())
                .allMatch(point -> point.startsWith("STORE"));
    }

    @Test
    void aVmIsFoundByTheNameThatItHadLast() {
        bench.datacenter.node("node-1").reconnect();
        bench.web.rename("shop");
        bench.create("shop", "renamed");
        bench.datacenter.node("node-1").disconnect();

        assertThat(bench.vmsnap("tree", "shop").out()).contains("renamed");
    }

    @Test
    void showSaysWhyItDoesNotKnowWhatTheSnapshotTakes() {
        Result text = bench.vmsnap("show", "web-1", "kept");

        assertThat(text.code()).isZero();
        assertThat(text.out())
                .contains("kept")
                .contains("take is unknown: Node node-1 cannot be inspected: node-1 cannot be reached");
        assertThat(bench.done("show", "web-1", "kept").get("usageUnknown").getAsString())
                .contains("node-1 cannot be reached");
    }

    @Test
    void vmsNamesTheNodeThatDoesNotAnswerAndWhy() {
        Result text = bench.vmsnap("vms");
        JsonObject json = bench.done("vms");

        assertThat(text.out()).contains("(node-1)").contains("node node-1 does not answer: node-1 cannot be reached");
        JsonObject silent = json.getAsJsonArray("silentNodes").get(0).getAsJsonObject();
        assertThat(silent.get("node").getAsString()).isEqualTo("node-1");
        assertThat(silent.get("reason").getAsString()).isEqualTo("DENIED");
        assertThat(silent.get("why").getAsString()).isEqualTo("node-1 cannot be reached");
        JsonObject web = json.getAsJsonArray("vms").get(0).getAsJsonObject();
        assertThat(web.get("node").isJsonNull()).isTrue();
        assertThat(web.get("lastNode").getAsString()).isEqualTo("node-1");
    }

    @Test
    void noNodeThatAnswersIsNotNoVm() {
        bench.datacenter.node("node-1").reconnect();
        bench.done("delete-all", "web-1");
        bench.datacenter.node("node-1").disconnect();

        assertThat(bench.vmsnap("vms").out()).startsWith("No node that answers has a VM.");
    }

    @Test
    void doctorAndVersionDoNotEndWell() {
        assertThat(bench.vmsnap("doctor").code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(bench.vmsnap("doctor", "web-1").code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(bench.vmsnap("doctor", "web-1").out()).contains("NODE_AWAY").doesNotContain("all is well");
        assertThat(bench.vmsnap("version").code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        bench.datacenter.node("node-1").reconnect();
        assertThat(bench.vmsnap("version").code()).isZero();
    }

    @Test
    void aMuteNodeHindersNoVerbOnAnother() {
        bench.datacenter.node("node-2").withVm("db-1", "vda");
        bench.nodeDeadline(Duration.ofMillis(100)).datacenter.node("node-1").mute();

        String id = bench.create("db-1", "one");

        bench.done("restore", "db-1", id);
        assertThat(bench.vmsnap("vms").out())
                .contains("node-2")
                .contains("node node-1 does not answer: no answer within");
    }
}
