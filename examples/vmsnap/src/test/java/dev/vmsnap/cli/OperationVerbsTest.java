package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Hang;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one command line sees of another one that runs, and how it waits for it or stops it. */
final class OperationVerbsTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void whatRunsIsListedCancelledAndUndone() throws Exception {
        Hang hang = bench.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        CompletableFuture<Result> create = CompletableFuture.supplyAsync(() -> bench.vmsnap("create", "web-1"));
        assertThat(hang.awaitReached(LONG)).isTrue();

        JsonObject listed =
                bench.done("ops").getAsJsonArray("operations").get(0).getAsJsonObject();
        String id = listed.get("operation").getAsString();
        assertThat(bench.vmsnap("ops").out()).contains(id, "web-1", "create", "ada", "snapshot the disks");
        assertThat(bench.vmsnap("create", "web-1").code()).isEqualTo(ExitCode.BUSY);
        assertThat(bench.vmsnap("--as", "user:eve", "cancel", id).code()).isEqualTo(ExitCode.REFUSED);

        assertThat(bench.vmsnap("cancel", id.substring(0, 8)).out()).contains("asked", id);
        assertThat(bench.vmsnap("ops").out()).contains("is to stop");
        long seen = requestsRead() + 2;
        long deadline = System.nanoTime() + LONG.toNanos();
        while (requestsRead() < seen && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        hang.release();

        assertThat(create.get(30, TimeUnit.SECONDS).code()).isEqualTo(ExitCode.UNDONE);
        assertThat(bench.vmsnap("ops").out()).contains("Nothing runs.");
        Result late = bench.vmsnap("cancel", id);
        assertThat(late.code()).isEqualTo(ExitCode.USAGE);
        assertThat(late.err()).contains("vmsnap ops");
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aVerbWaitsForTheOperationThatRuns() throws Exception {
        Hang hang = bench.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        CompletableFuture<Result> first = CompletableFuture.supplyAsync(() -> bench.vmsnap("create", "web-1"));
        assertThat(hang.awaitReached(LONG)).isTrue();
        CompletableFuture<Result> second =
                CompletableFuture.supplyAsync(() -> bench.vmsnap("create", "web-1", "--wait", "30s"));

        hang.release();

        assertThat(first.get(30, TimeUnit.SECONDS).code()).isZero();
        assertThat(second.get(30, TimeUnit.SECONDS).code()).isZero();
        assertThat(bench.vmsnap("vms", "--wait", "soon").err()).contains("--wait wants a time");
    }

    private long requestsRead() {
        return bench.datacenter.faults().calls().stream()
                .filter(call -> call.point() == Point.STORE_CANCEL_REQUESTS)
                .count();
    }
}
