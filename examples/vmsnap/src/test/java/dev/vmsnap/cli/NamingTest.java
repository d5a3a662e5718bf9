package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class NamingTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void aVmIsFoundByItsNameAndByItsId() {
        bench.web.rename("shop");

        assertThat(bench.vmsnap("tree", "shop").out()).startsWith("shop  web-1");
        assertThat(bench.vmsnap("tree", "web-1").out()).startsWith("shop  web-1");
    }

    @Test
    void anIdBeatsTheSameNameOfAnotherVm() {
        bench.datacenter.node("node-2").withVm("other", "vda").rename("web-1");

        assertThat(bench.done("tree", "web-1").getAsJsonObject("vm").get("id").getAsString())
                .isEqualTo("web-1");
    }

    @Test
    void aNameThatTwoVmsHaveIsAUsageErrorThatListsTheirIds() {
        bench.datacenter.node("node-1").withVm("first", "vda").rename("twin");
        bench.datacenter.node("node-2").withVm("second", "vda").rename("twin");

        Result text = bench.vmsnap("create", "twin");
        Result json = bench.vmsnap("create", "twin", "--json");

        assertThat(text.code()).isEqualTo(ExitCode.USAGE);
        assertThat(text.err()).contains("first on node-1").contains("second on node-2");
        assertThat(json.error().get("kind").getAsString()).isEqualTo("usage");
        assertThat(json.error().get("exitCode").getAsInt()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void aVmThatNobodyHasIsRefused() {
        Result result = bench.vmsnap("tree", "nobody", "--json");

        assertThat(result.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(code(result)).isEqualTo("VM_NOT_FOUND");
    }

    @Test
    void aVmThatMayBeOnASilentNodeIsNotCalledMissing() {
        bench.datacenter.node("node-2").disconnect();

        Result result = bench.vmsnap("tree", "nobody", "--json");

        assertThat(code(result)).isEqualTo("NODE_UNREACHABLE");
        assertThat(result.error().get("message").getAsString())
                .contains("node-2")
                .doesNotContain("node-1");
    }

    @Test
    void aSnapshotIsFoundByIdByUniqueNameAndByTheBeginningOfItsId() {
        String id = bench.create("one");

        assertThat(bench.vmsnap("show", "web-1", id).code()).isZero();
        assertThat(bench.vmsnap("show", "web-1", "one").code()).isZero();
        assertThat(bench.vmsnap("show", "web-1", id.substring(0, 8)).code()).isZero();
        assertThat(bench.vmsnap("show", "web-1", id.substring(0, 7)).code()).isEqualTo(ExitCode.REFUSED);
    }

    @Test
    void aNameThatTwoSnapshotsHaveIsAUsageErrorThatListsTheirIds() {
        String first = bench.create("twin");
        String second = bench.create("twin");

        Result result = bench.vmsnap("restore", "web-1", "twin");

        assertThat(result.code()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains(first).contains(second);
        assertThat(bench.vmsnap("restore", "web-1", first).code()).isZero();
    }

    @Test
    void aNameBeatsTheBeginningOfAnotherId() {
        String id = bench.create("plain");
        String named = bench.create(id.substring(0, 10));

        assertThat(bench.done("show", "web-1", id.substring(0, 10))
                        .getAsJsonObject("snapshot")
                        .get("id")
                        .getAsString())
                .isEqualTo(named);
    }

    @Test
    void aSnapshotThatIsNotThereIsRefused() {
        Result result = bench.vmsnap("restore", "web-1", "none", "--json");

        assertThat(result.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(code(result)).isEqualTo("SNAPSHOT_NOT_FOUND");
        assertThat(bench.vmsnap("delete", "web-1", "none").code()).isEqualTo(ExitCode.REFUSED);
    }

    private static String code(Result result) {
        JsonObject refusal = result.error().getAsJsonArray("refusals").get(0).getAsJsonObject();
        return refusal.get("code").getAsString();
    }
}
