package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Point;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Verbs on many VMs: the trouble of one keeps no other from it, and the exit code says that one failed. */
final class ManyVmsTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @BeforeEach
    void snapshotTwoVms() {
        bench.datacenter.node("node-1").withVm("db-1").withLogicalVolume("vda");
        bench.create("db-1", "beside");
        bench.create("web-1", "inside");
    }

    @Test
    void rebuildGoesOnAfterAVmThatIsRefused() {
        bench.datacenter.beside().away(true);

        Result text = bench.vmsnap("rebuild");
        Result dry = bench.vmsnap("rebuild", "--dry-run", "--json");

        assertThat(text.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(text.out())
                .contains("not rebuilt db-1\n  refused:\n    STORAGE_AWAY: ")
                .doesNotContain("web-1", "othing to rebuild");
        assertThat(dry.code()).isEqualTo(ExitCode.REFUSED);
        JsonArray all = dry.json().getAsJsonArray("rebuilt");
        assertThat(all).hasSize(2);
        assertThat(error(all, 0).get("kind").getAsString()).isEqualTo("refused");
        assertThat(all.get(1).getAsJsonObject().get("error").isJsonNull()).isTrue();
        assertThat(all.get(1).getAsJsonObject().getAsJsonArray("snapshots")).hasSize(1);
    }

    @Test
    void rebuildNamesNodesThatDoNotAnswer() {
        bench.datacenter.node("node-2").disconnect();

        Result text = bench.vmsnap("rebuild");
        Result json = bench.vmsnap("rebuild", "--json");

        assertThat(text.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(text.out()).contains("node node-2 does not answer").contains("Nothing to rebuild.");
        assertThat(json.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(json.json().getAsJsonArray("silentNodes")).hasSize(1);
    }

    @Test
    void doctorGoesOnAfterAVmThatCannotBeCompared() {
        bench.datacenter.faults().failOn(Point.STORE_FIND).onCall(1).with(Reason.TIMEOUT);
        Result text = bench.vmsnap("doctor");
        bench.datacenter.faults().failOn(Point.STORE_FIND).onCall(1).with(Reason.TIMEOUT);
        Result json = bench.vmsnap("doctor", "--json");

        assertThat(text.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(text.out()).contains("db-1: not examined\n  failed: ").contains("web-1: all is well");
        assertThat(json.code()).isEqualTo(ExitCode.REPAIR_NEEDED);
        assertThat(json.json().getAsJsonArray("examined")).hasSize(2);
        assertThat(error(json.json().getAsJsonArray("errors"), 0).get("kind").getAsString())
                .isEqualTo("failed");
    }

    private static JsonObject error(JsonArray all, int at) {
        return all.get(at).getAsJsonObject().getAsJsonObject("error");
    }
}
