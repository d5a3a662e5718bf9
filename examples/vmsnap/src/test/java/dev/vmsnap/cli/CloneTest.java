package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Point;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class CloneTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @AfterEach
    void nothingIsLeft() {
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void thePresentStateIsCopied() {
        bench.web.write("vda", "a");
        bench.web.write("vdb", "b");

        Result result = bench.vmsnap("clone", "web-1", "--to", "vda=/images/x.qcow2", "--to", "vdb=/images/y=z.qcow2");

        assertThat(result.code()).isZero();
        assertThat(result.out())
                .startsWith("cloned the present state of web-1\n")
                .contains("  vda: /images/x.qcow2\n    qcow2, file, driver in-image\n")
                .contains("  vdb: /images/y=z.qcow2\n");
        assertThat(result.err()).contains("100 %  done");
        assertThat(bench.datacenter.disk("/images/x.qcow2").content()).isEqualTo("a");
        assertThat(bench.datacenter.disk("/images/y=z.qcow2").content()).isEqualTo("b");
        assertThat(bench.done("list").getAsJsonArray("snapshots")).isEmpty();
    }

    @Test
    void whatASnapshotHasIsCopied() {
        bench.web.write("vda", "then");
        String id = bench.create("before");
        bench.web.write("vda", "now");

        JsonObject document = bench.done("clone", "web-1", "before", "--to", "vda=/images/x.qcow2");

        assertThat(bench.datacenter.disk("/images/x.qcow2").content()).isEqualTo("then");
        assertThat(document.get("done").getAsString()).isEqualTo("cloned");
        assertThat(document.get("snapshot").getAsString()).isEqualTo(id);
        assertThat(document.getAsJsonObject("vm").get("id").getAsString()).isEqualTo("web-1");
        assertThat(document.getAsJsonArray("copies").toString())
                .isEqualTo("[{\"target\":\"vda\",\"source\":\"/images/x.qcow2\",\"format\":\"qcow2\",\"kind\":\"FILE\","
                        + "\"storage\":\"in-image\"}]");
        assertThat(document.getAsJsonArray("notices").toString())
                .contains("SNAPSHOTS_STAY_BEHIND")
                .doesNotContain("current state");
        assertThat(bench.vmsnap("clone", "web-1", "before", "--to", "vda=/images/y.qcow2")
                        .out())
                .contains("  note: ")
                .contains("cloned \"before\" (" + id + ") of web-1");
    }

    @Test
    void withoutASnapshotThereIsNoneInTheDocument() {
        JsonObject document = bench.done("clone", "web-1", "--to", "vdb=/images/x.qcow2");

        assertThat(document.get("snapshot").isJsonNull()).isTrue();
        assertThat(document.getAsJsonArray("notices")).isEmpty();
    }

    @Test
    void aDryRunTellsWhatGoesWhereAndTouchesNothing() {
        bench.create("before");

        Result result = bench.vmsnap("clone", "web-1", "before", "--to", "vda=/images/x.qcow2", "--dry-run");

        assertThat(result.code()).isZero();
        assertThat(result.out())
                .contains("allowed for web-1")
                .contains("copy the disks (in-image)")
                .contains("copy:   vda to /images/x.qcow2")
                .contains("point of no return");
        assertThat(bench.datacenter.disk("/images/x.qcow2").content()).isEmpty();
    }

    @Test
    void whatCannotBeCopiedIsRefusedAndAskedForTheSame() {
        bench.datacenter.disk("/images/taken.qcow2");

        assertThat(bench.vmsnap("clone", "web-1", "--to", "vda=/images/taken.qcow2")
                        .err())
                .contains("DESTINATION_INVALID", "to fix:");
        Result unknown = bench.vmsnap("clone", "web-1", "--to", "vdz=/images/x.qcow2", "--json");
        assertThat(unknown.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(unknown.error().toString()).contains("DISK_UNKNOWN");
        assertThat(bench.vmsnap("clone", "web-1", "nothing", "--to", "vda=/images/x.qcow2")
                        .err())
                .contains("SNAPSHOT_NOT_FOUND");
        assertThat(bench.vmsnap("check", "web-1", "clone", "--to", "vda=/images/taken.qcow2")
                        .out())
                .contains("DESTINATION_INVALID");
        assertThat(bench.vmsnap("check", "web-1", "clone", "--to", "vda=/images/x.qcow2")
                        .code())
                .isZero();
        bench.create("before");
        assertThat(bench.vmsnap("check", "web-1", "clone", "before", "--to", "vda=/images/x.qcow2")
                        .code())
                .isZero();
        assertThat(bench.vmsnap("check", "web-1", "clone", "before").code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void whatIsNotClearIsAUsageError() {
        for (String[] wrong : new String[][] {
            {"clone", "web-1"},
            {"clone", "web-1", "--to", "vda"},
            {"clone", "web-1", "--to", "vda="},
            {"clone", "web-1", "--to", "=/images/x"},
            {"clone", "web-1", "--to", "vda=/images/x", "--to", "vda=/images/y"}
        }) {
            assertThat(bench.vmsnap(wrong).code()).as(String.join(" ", wrong)).isEqualTo(ExitCode.USAGE);
        }
    }

    @Test
    void whatFailsIsUndone() {
        bench.datacenter.faults().failOn(Point.STORAGE_COPY).with(Reason.NO_SPACE);

        Result result = bench.vmsnap("clone", "web-1", "--to", "vda=/images/x.qcow2", "--json");

        assertThat(result.code()).isEqualTo(ExitCode.UNDONE);
        assertThat(result.error().get("reason").getAsString()).isEqualTo("NO_SPACE");
        assertThat(bench.datacenter.disk("/images/x.qcow2").content()).isEmpty();
        bench.done("delete-all", "web-1");
    }
}
