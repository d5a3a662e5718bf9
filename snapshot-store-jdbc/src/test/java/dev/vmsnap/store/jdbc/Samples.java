package dev.vmsnap.store.jdbc;

import dev.vmsnap.Actor;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Things to put into a store. */
final class Samples {
    private Samples() {}

    static JournalEntry entry(VmId vm, String operation) {
        return new JournalEntry(
                operation,
                vm,
                Verb.CREATE,
                Actor.administrator("root"),
                "node-1",
                Instant.parse("2026-02-03T04:05:06.000000007Z"),
                List.of(SnapshotId.of("s2")),
                2,
                List.of(
                        new JournalEntry.Step("cut", "file", JournalEntry.Mark.DONE),
                        new JournalEntry.Step("commit", "", JournalEntry.Mark.PLANNED)),
                Map.of("ram", "none"));
    }

    /** A record with two snapshots of different kinds: s1 unavailable, s2 complete below it and current. */
    static VmRecord record(VmId vm) {
        Volume file = new Volume("vda", "/disks/a.qcow2", "qcow2", StorageKind.FILE, "file", OptionalLong.of(1L << 30));
        Volume lvm = new Volume("vdb", "/dev/vg/b", "raw", StorageKind.LOCAL_LVM, "lvm", OptionalLong.empty());
        Snapshot first = new Snapshot(
                SnapshotId.of("s1"),
                vm,
                Optional.empty(),
                Snapshot.Labels.named("before upgrade").comment("kernel 6.12\nand more"),
                Instant.parse("2026-01-02T03:04:05.123456789Z"),
                Actor.user("ada"),
                Snapshot.Status.UNAVAILABLE,
                Optional.of(Snapshot.Reason.NO_SPACE),
                true,
                PowerState.RUNNING,
                "node-1",
                List.of(lvm, file),
                Set.of(),
                Optional.empty());
        Snapshot second = new Snapshot(
                        SnapshotId.of("s2"),
                        vm,
                        Optional.of(first.id()),
                        Snapshot.Labels.named("2026-02-03 04:05"),
                        Instant.parse("2026-02-03T04:05:06Z"),
                        Actor.administrator("root"),
                        Snapshot.Status.CREATING,
                        Optional.empty(),
                        false,
                        PowerState.OFF,
                        "node-2",
                        List.of(),
                        Set.of(),
                        Optional.empty())
                .completed(
                        List.of(file),
                        new Snapshot.Receipt(
                                Snapshot.Consistency.OFFLINE,
                                Duration.ofMillis(27),
                                Duration.ZERO,
                                0,
                                "",
                                List.of("vdc was left out: it is read-only", "second note")));
        return new VmRecord(
                vm,
                0,
                "guest \u00e9\ud83d\udca5",
                Optional.of("node-2"),
                Optional.of("small"),
                SettingsChoice.open().limit(5).allowUsers(true),
                SnapshotTree.of(vm, List.of(first, second), Optional.of(second.id())),
                List.of());
    }
}
