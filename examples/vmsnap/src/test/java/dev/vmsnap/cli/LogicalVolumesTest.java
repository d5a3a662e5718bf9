package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.cli.CommandBench.Result;
import dev.vmsnap.testkit.Faults.Point;
import dev.vmsnap.testkit.InMemoryVm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is special about disks whose snapshots are volumes of their own. */
final class LogicalVolumesTest {
    private static final long ROOM = 1L << 30;

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    private final InMemoryVm db = bench.datacenter.node("node-1").withVm("db-1").withLogicalVolume("vda");

    @Test
    void usageIsATableOfSnapshotsAndDisks() {
        db.withLogicalVolume("vdb");
        String first = bench.create("db-1", "first");
        bench.create("db-1", "second");
        db.disk("vda").fill(SnapshotId.of(first), ROOM / 4);

        Result result = bench.vmsnap("usage", "db-1");

        assertThat(result.code()).isZero();
        assertThat(result.out().lines().map(line -> line.replaceAll(" {2,}", "|")))
                .containsExactly(
                        "SNAPSHOT|ID|DISK|USED|FREES|ROOM|FILL",
                        "first|" + first.substring(0, 8) + "|vda|256 MiB|1 GiB|1 GiB|25 %",
                        "first|" + first.substring(0, 8) + "|vdb|0 B|1 GiB|1 GiB|0 %",
                        "second|" + idOf("second").substring(0, 8) + "|vda|0 B|1 GiB|1 GiB|0 %",
                        "second|" + idOf("second").substring(0, 8) + "|vdb|0 B|1 GiB|1 GiB|0 %",
                        "all|256 MiB|4 GiB");
    }

    @Test
    void usageInJsonHasBytesAndAShare() {
        String first = bench.create("db-1", "first");
        db.disk("vda").fill(SnapshotId.of(first), ROOM / 2);

        JsonObject document = bench.done("usage", "db-1");

        JsonObject usage = document.getAsJsonArray("usage").get(0).getAsJsonObject();
        assertThat(document.getAsJsonObject("vm").get("name").getAsString()).isEqualTo("db-1");
        assertThat(usage.get("snapshot").getAsString()).isEqualTo(first);
        assertThat(usage.get("disk").getAsString()).isEqualTo("vda");
        assertThat(usage.get("usedBytes").getAsLong()).isEqualTo(ROOM / 2);
        assertThat(usage.get("freedBytes").getAsLong()).isEqualTo(ROOM);
        assertThat(usage.get("roomBytes").getAsLong()).isEqualTo(ROOM);
        assertThat(usage.get("fill").getAsDouble()).isEqualTo(0.5);
        assertThat(document.getAsJsonObject("total").get("usedBytes").getAsLong())
                .isEqualTo(ROOM / 2);
        assertThat(document.getAsJsonObject("total").get("freedBytes").getAsLong())
                .isEqualTo(ROOM);
    }

    @Test
    void usageTellsOfImagesToo() {
        assertThat(bench.vmsnap("usage", "web-1").out()).contains("No snapshots.");
        bench.create("in an image");

        JsonObject usage =
                bench.done("usage", "web-1").getAsJsonArray("usage").get(0).getAsJsonObject();
        assertThat(usage.get("usedBytes").getAsLong()).isPositive();
        assertThat(usage.get("fill").isJsonNull()).isTrue();
    }

    @Test
    void listAndTreeTellWhatIsTakenWhenAsked() {
        String first = bench.create("db-1", "first");
        bench.create("in an image");
        db.disk("vda").fill(SnapshotId.of(first), ROOM / 4);

        assertThat(bench.vmsnap("list", "--usage").out().lines().map(line -> line.replaceAll(" {2,}", "|")))
                .anyMatch(line -> line.equals("VM|ID|NAME|USED|FREES|STATUS"))
                .anyMatch(line -> line.matches("db-1\\|s\\w+\\|first\\|256 MiB\\|1 GiB\\|AVAILABLE"))
                .anyMatch(line -> line.startsWith("web-1|"));
        assertThat(bench.vmsnap("tree", "db-1", "--usage").out()).contains("256 MiB used, 25 % full, frees 1 GiB");
        assertThat(bench.vmsnap("tree", "db-1").out()).doesNotContain("used");
        JsonObject listed = bench.done("list", "db-1", "--usage")
                .getAsJsonArray("snapshots")
                .get(0)
                .getAsJsonObject();
        assertThat(listed.getAsJsonArray("usage")).hasSize(1);
        assertThat(bench.done("tree", "db-1", "--usage").getAsJsonArray("usage"))
                .hasSize(1);
        assertThat(bench.done("tree", "db-1").has("usage")).isFalse();
    }

    @Test
    void aListGoesOnWhereTheStorageDoesNotTell() {
        bench.create("db-1", "first");
        bench.datacenter.faults().failOn(Point.STORAGE_INSPECT).with(Reason.UNREACHABLE);

        Result away = bench.vmsnap("list", "--usage");

        assertThat(away.code()).isZero();
        assertThat(away.out()).containsPattern("first +- +- +AVAILABLE");
    }

    @Test
    void whatIsNotLostYetIsNotCalledFull() {
        String first = bench.create("db-1", "first");
        db.disk("vda").fill(SnapshotId.of(first), ROOM - 1);

        assertThat(bench.vmsnap("usage", "db-1").out()).contains("99 %").doesNotContain("100 %");
    }

    @Test
    void statusShowsWhereTheVmIsAndHowFullItsSnapshotsAre() {
        db.withLogicalVolume("vdb");
        String first = bench.create("db-1", "first");
        bench.create("db-1", "second");
        db.disk("vda").fill(SnapshotId.of(first), ROOM / 8 * 7);
        db.disk("vdb").fill(SnapshotId.of(first), ROOM / 8);

        String text = bench.vmsnap("status", "db-1").out();

        assertThat(text).startsWith("db-1").contains("running on node node-1, 2 snapshots, 1 GiB used");
        assertThat(text.lines().filter(line -> line.contains("first")))
                .singleElement()
                .asString()
                .endsWith("1 GiB used, 87 % full, frees 2 GiB");
        assertThat(text.lines().filter(line -> line.contains("second")))
                .singleElement()
                .asString()
                .endsWith("0 B used, 0 % full, frees 2 GiB");
        assertThat(bench.onTerminal().vmsnap("status", "db-1").out())
                .contains("\u001b[33m1 GiB used, 87 % full, frees 2 GiB\u001b[0m")
                .doesNotContain("\u001b[33m0 B");
        JsonObject document = bench.done("status", "db-1");
        assertThat(document.get("node").getAsString()).isEqualTo("node-1");
        assertThat(document.get("power").getAsString()).isEqualTo("RUNNING");
        assertThat(document.getAsJsonArray("snapshots")).hasSize(2);
        assertThat(document.getAsJsonArray("usage")).hasSize(4);
    }

    @Test
    void statusOfAVmThatNoNodeHasTellsWhatIsRecorded() {
        bench.create("db-1", "first");
        bench.datacenter.node("node-1").remove("db-1");

        Result result = bench.vmsnap("status", "db-1");

        assertThat(result.code()).isZero();
        assertThat(result.out()).contains("on no node that answers, 1 snapshot").contains("first");
    }

    @Test
    void aSnapshotWhoseRoomRanOutIsNamedByDoctorAndMarkedByTheNextVerb() {
        String first = bench.create("db-1", "first");
        db.disk("vda").fill(SnapshotId.of(first), ROOM);

        assertThat(bench.vmsnap("status", "db-1").out()).doesNotContain("UNAVAILABLE");
        assertThat(bench.vmsnap("doctor", "db-1").out()).contains("PART_UNUSABLE");
        assertThat(bench.vmsnap("restore", "db-1", "first").err()).contains("SNAPSHOT_INCOMPLETE");
        assertThat(bench.vmsnap("status", "db-1").out()).contains("UNAVAILABLE (overflown)");
        assertThat(bench.vmsnap("delete", "db-1", "first").code()).isZero();
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void showTellsWhatEachDiskTakesAndDoesWithoutWhenTheStorageIsAway() {
        String first = bench.create("db-1", "first");
        db.disk("vda").fill(SnapshotId.of(first), ROOM / 4);

        assertThat(bench.vmsnap("show", "db-1", "first").out())
                .contains("    256 MiB used of 1 GiB, 25 % full; deleting it frees 1 GiB");
        assertThat(bench.done("show", "db-1", "first").getAsJsonArray("usage")).hasSize(1);

        bench.datacenter.faults().failOn(Point.STORAGE_INSPECT).with(Reason.UNREACHABLE);
        Result away = bench.vmsnap("show", "db-1", "first");
        assertThat(away.code()).isZero();
        assertThat(away.out()).contains("vda: /dev/vg_guests/db-1-vda").doesNotContain("used");
    }

    @Test
    void aPlanWithRamSaysWhatIsReservedAndHowLongTheGuestIsHeld() {
        bench.done("settings", "db-1", "--allow-ram", "true");

        String ram = bench.vmsnap("create", "db-1", "--ram", "--dry-run").out();
        String plain = bench.vmsnap("create", "db-1", "--dry-run").out();

        assertThat(ram)
                .contains("reserve space for RAM (beside)  (undo: free the space for RAM)")
                .contains("space:  at most 2.1 GiB on /dev/vg_guests")
                .contains("guest:  is held while its RAM is written");
        assertThat(plain)
                .contains("space:  at most 1 GiB on /dev/vg_guests")
                .contains("guest:  is held while the disks are snapshotted");
    }

    @Test
    void aPlanOfARestoreSaysWhatHappensToDisksOnEachKindOfStorage() {
        bench.create("db-1", "first");
        bench.create("inside");

        assertThat(bench.vmsnap("restore", "db-1", "first", "--dry-run").out())
                .contains("disks:  vda on local LVM: a thin one is replaced")
                .contains("guest:  is stopped and brought back");
        assertThat(bench.vmsnap("restore", "web-1", "inside", "--dry-run").out())
                .contains("disks:  vda, vdb on files: the image goes back inside itself");
    }

    @Test
    void aVmOnSharedVolumesGoesToAnotherNodeWithItsSnapshotsAndComesBack() {
        bench.shared("shop");
        bench.create("shop", "first");

        Result there = bench.vmsnap("migrate", "shop", "--to", "node-2");

        assertThat(there.code()).isZero();
        assertThat(there.out()).contains("migrated shop to node node-2 with 1 snapshot");
        assertThat(bench.vmsnap("status", "shop").out()).contains("off on node node-2");
        assertThat(bench.vmsnap("restore", "shop", "first").code()).isZero();
        JsonObject back = bench.done("migrate", "shop", "--to", "node-1");
        assertThat(back.get("done").getAsString()).isEqualTo("migrated");
        assertThat(back.get("node").getAsString()).isEqualTo("node-1");
        assertThat(back.getAsJsonArray("snapshots")).hasSize(1);
        bench.done("delete-all", "shop");
        bench.datacenter.assertNoLeftovers();
    }

    @Test
    void aMigrationCanBePlannedAndAskedForWithoutTouchingAnything() {
        bench.shared("shop");
        bench.create("shop", "first");

        Result plan = bench.vmsnap("migrate", "shop", "--to", "node-2", "--dry-run");

        assertThat(plan.code()).isZero();
        assertThat(plan.out())
                .contains("1. let go of the volumes (san)  (undo: take the volumes back)")
                .contains("point of no return")
                .contains("forget the VM on the old node");
        assertThat(bench.vmsnap("check", "shop", "migrate", "--to-node", "node-2")
                        .code())
                .isZero();
        assertThat(bench.vmsnap("status", "shop").out()).contains("node node-1");
    }

    @Test
    void aMigrationThatCannotBeIsRefusedWithWhatToDo() {
        InMemoryVm shop = bench.shared("shop");
        bench.create("shop", "first");

        assertThat(bench.vmsnap("migrate", "shop", "--to", "nowhere").err())
                .contains("NODE_UNKNOWN")
                .contains("node-1, node-2");
        assertThat(bench.vmsnap("migrate", "db-1", "--to", "node-2", "--dry-run")
                        .out())
                .contains("refused", "VM_STATE_UNSUPPORTED", "COLD_MIGRATION_LOCKED", "local LVM");
        shop.power(PowerState.RUNNING);
        Result running = bench.vmsnap("migrate", "shop", "--to", "node-2", "--json");
        assertThat(running.code()).isEqualTo(ExitCode.REFUSED);
        assertThat(running.error().toString()).contains("VM_STATE_UNSUPPORTED");
        assertThat(bench.vmsnap("check", "shop", "migrate", "--to-node", "node-2")
                        .code())
                .isEqualTo(ExitCode.REFUSED);
        assertThat(bench.vmsnap("migrate", "shop").code()).isEqualTo(ExitCode.USAGE);
        assertThat(bench.vmsnap("check", "shop", "migrate").code()).isEqualTo(ExitCode.USAGE);
    }

    private String idOf(String name) {
        return bench.done("show", "db-1", name)
                .getAsJsonObject("snapshot")
                .get("id")
                .getAsString();
    }
}
