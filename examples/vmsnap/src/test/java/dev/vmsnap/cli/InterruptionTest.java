package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.Faults.Point;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class InterruptionTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    private final Interruption interruption = new Interruption();

    @Test
    void aCreateThatIsInterruptedIsUndoneAndExitsWithFour() throws Exception {
        Faults.Hang hang =
                bench.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        CompletableFuture<Result> run = start("create", "web-1", "--json");
        assertThat(hang.awaitReached(LONG)).isTrue();

        CompletableFuture<OptionalInt> hook = CompletableFuture.supplyAsync(() -> interruption.ask(LONG));
        awaitAsked();
        hang.release();

        assertThat(hook.get(30, TimeUnit.SECONDS)).hasValue(ExitCode.UNDONE);
        Result result = run.get(30, TimeUnit.SECONDS);
        assertThat(result.code()).isEqualTo(ExitCode.UNDONE);
        assertThat(result.error().get("kind").getAsString()).isEqualTo("cancelled");
        assertThat(bench.done("list").getAsJsonArray("snapshots")).isEmpty();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aCloneThatIsInterruptedLeavesNoCopies() throws Exception {
        Faults.Hang hang =
                bench.datacenter.faults().failOn(Point.STORAGE_COPY).onCall(1).hangUntilReleased();
        CompletableFuture<Result> run = start("clone", "web-1", "--to", "vda=/images/x.qcow2", "--json");
        assertThat(hang.awaitReached(LONG)).isTrue();

        CompletableFuture<OptionalInt> hook = CompletableFuture.supplyAsync(() -> interruption.ask(LONG));
        awaitAsked();
        hang.release();

        assertThat(hook.get(30, TimeUnit.SECONDS)).hasValue(ExitCode.UNDONE);
        assertThat(run.get(30, TimeUnit.SECONDS).error().get("kind").getAsString())
                .isEqualTo("cancelled");
        assertThat(bench.vmsnap("clone", "web-1", "--to", "vda=/images/x.qcow2", "--dry-run")
                        .code())
                .isZero();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void whatIsPastItsPointOfNoReturnGoesOnToItsEnd() throws Exception {
        bench.create("a");
        Faults.Hang hang =
                bench.datacenter.faults().failOn(Point.IMAGES_DELETE).onCall(1).hangUntilReleased();
        CompletableFuture<Result> run = start("delete", "web-1", "a");
        assertThat(hang.awaitReached(LONG)).isTrue();

        CompletableFuture<OptionalInt> hook = CompletableFuture.supplyAsync(() -> interruption.ask(LONG));
        awaitAsked();
        hang.release();

        assertThat(hook.get(30, TimeUnit.SECONDS)).hasValue(ExitCode.DONE);
        assertThat(run.get(30, TimeUnit.SECONDS).out()).contains("deleted");
    }

    @Test
    void whoDoesNotGetItUndoneInTimeExitsWithFive() throws Exception {
        Faults.Hang hang =
                bench.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        CompletableFuture<Result> run = start("create", "web-1");
        assertThat(hang.awaitReached(LONG)).isTrue();

        assertThat(interruption.ask(Duration.ofMillis(1))).hasValue(ExitCode.REPAIR_NEEDED);

        hang.release();
        run.get(30, TimeUnit.SECONDS);
    }

    @Test
    void whatOnlyReadsIsLeftAtOnce() {
        assertThat(interruption.takesTime()).isFalse();
        assertThat(interruption.ask(LONG)).hasValue(ExitCode.UNDONE);
    }

    @Test
    void nothingIsBegunAfterAnInterruption() {
        interruption.ask(LONG);

        Result result = bench.vmsnap(interruption, "create", "web-1");

        assertThat(result.code()).isEqualTo(ExitCode.UNDONE);
        assertThat(result.err()).contains("cancelled: Interrupted before anything was done.");
        assertThat(bench.done("list").getAsJsonArray("snapshots")).isEmpty();
    }

    @Test
    void aRunThatHasEndedKeepsItsExitCode() {
        bench.vmsnap(interruption, "vms");

        assertThat(interruption.ask(LONG)).isEmpty();
    }

    @Test
    void anotherOperationOnTheVmIsBusyAndExitsWithSix() throws Exception {
        Faults.Hang hang =
                bench.datacenter.faults().failOn(Point.IMAGES_CUT).onCall(1).hangUntilReleased();
        CompletableFuture<Result> run = start("create", "web-1");
        assertThat(hang.awaitReached(LONG)).isTrue();

        Result busy = bench.vmsnap("create", "web-1", "--json");
        hang.release();

        assertThat(busy.code()).isEqualTo(ExitCode.BUSY);
        assertThat(busy.error().get("kind").getAsString()).isEqualTo("busy");
        assertThat(busy.error().getAsJsonObject("busy").get("verb").getAsString())
                .isEqualTo("CREATE");
        assertThat(run.get(30, TimeUnit.SECONDS).code()).isZero();
    }

    private CompletableFuture<Result> start(String... arguments) {
        return CompletableFuture.supplyAsync(() -> bench.vmsnap(interruption, arguments));
    }

    /** Until the interruption has reached the operation; from then on nothing new may begin. */
    private void awaitAsked() {
        long end = System.nanoTime() + LONG.toNanos();
        while (!interruption.isAsked()) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }
}
