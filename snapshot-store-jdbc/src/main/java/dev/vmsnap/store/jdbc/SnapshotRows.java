package dev.vmsnap.store.jdbc;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The table of snapshots. */
final class SnapshotRows {
    private SnapshotRows() {}

    /** Reads the snapshots of all VMs. */
    static Map<VmId, List<Snapshot>> all(Transaction transaction, Damages damages) throws SQLException {
        return read(transaction, damages, "").stream().collect(Collectors.groupingBy(Snapshot::vm));
    }

    /** Reads the snapshots of one VM. */
    static List<Snapshot> of(Transaction transaction, Damages damages, VmId vm) throws SQLException {
        return read(transaction, damages, " WHERE s.vm = ?", vm);
    }

    /** Returns the VM that has a snapshot. */
    static Optional<VmId> owner(Transaction transaction, SnapshotId snapshot) throws SQLException {
        return transaction
                .query("SELECT vm FROM snapshot WHERE id = ?", row -> VmId.of(row.text("vm")), snapshot)
                .stream()
                .findFirst();
    }

    /** Writes in what these snapshots differ from the stored ones of that VM. */
    static void save(Transaction transaction, VmId vm, List<Snapshot> snapshots) throws SQLException {
        Damages damages = new Damages();
        Map<SnapshotId, Snapshot> stored =
                of(transaction, damages, vm).stream().collect(Collectors.toMap(Snapshot::id, Function.identity()));
        damages.requireNone(vm.value());
        for (Snapshot snapshot : snapshots) {
            Snapshot before = stored.remove(snapshot.id());
            if (before == null) {
                insert(transaction, snapshot);
            } else if (!before.equals(snapshot)) {
                update(transaction, before, snapshot);
            }
        }
        for (SnapshotId gone : stored.keySet()) {
            transaction.update("DELETE FROM snapshot WHERE id = ?", gone);
        }
    }

    private static void insert(Transaction transaction, Snapshot snapshot) throws SQLException {
        Optional<Snapshot.Receipt> receipt = snapshot.receipt();
        int inserted = transaction.update(
                "INSERT INTO snapshot (id, vm, parent, name, comment, created_at, created_by_role, created_by, status,"
                        + " reason, ram, power, node, consistency, paused_for, frozen_for, ram_bytes, hypervisor,"
                        + " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (id) DO NOTHING",
                snapshot.id(),
                snapshot.vm(),
                snapshot.parent(),
                snapshot.name(),
                snapshot.comment(),
                snapshot.createdAt(),
                snapshot.createdBy().role().name(),
                snapshot.createdBy().name(),
                snapshot.status().name(),
                snapshot.reason().map(Enum::name),
                snapshot.ram(),
                snapshot.power().name(),
                snapshot.node(),
                receipt.map(r -> r.consistency().name()),
                receipt.map(Snapshot.Receipt::pause),
                receipt.map(Snapshot.Receipt::freeze),
                receipt.map(Snapshot.Receipt::ramBytes),
                receipt.map(Snapshot.Receipt::hypervisor),
                snapshot.labels().expiresAt());
        if (inserted == 0) {
            throw transaction.failure(Reason.CONFLICT, "another VM has a snapshot with the id " + snapshot.id());
        }
        SnapshotDetails.save(transaction, Optional.empty(), snapshot);
    }

    private static void update(Transaction transaction, Snapshot before, Snapshot snapshot) throws SQLException {
        Optional<Snapshot.Receipt> receipt = snapshot.receipt();
        transaction.update(
                "UPDATE snapshot SET parent = ?, name = ?, comment = ?, created_at = ?, created_by_role = ?,"
                        + " created_by = ?, status = ?, reason = ?, ram = ?, power = ?, node = ?, consistency = ?,"
                        + " paused_for = ?, frozen_for = ?, ram_bytes = ?, hypervisor = ?, expires_at = ? WHERE id = ?",
                snapshot.parent(),
                snapshot.name(),
                snapshot.comment(),
                snapshot.createdAt(),
                snapshot.createdBy().role().name(),
                snapshot.createdBy().name(),
                snapshot.status().name(),
                snapshot.reason().map(Enum::name),
                snapshot.ram(),
                snapshot.power().name(),
                snapshot.node(),
                receipt.map(r -> r.consistency().name()),
                receipt.map(Snapshot.Receipt::pause),
                receipt.map(Snapshot.Receipt::freeze),
                receipt.map(Snapshot.Receipt::ramBytes),
                receipt.map(Snapshot.Receipt::hypervisor),
                snapshot.labels().expiresAt(),
                snapshot.id());
        SnapshotDetails.save(transaction, Optional.of(before), snapshot);
    }

    private static List<Snapshot> read(Transaction transaction, Damages damages, String which, Object... values)
            throws SQLException {
        SnapshotDetails details = SnapshotDetails.read(transaction, damages, which, values);
        return transaction.query(
                "snapshot",
                damages,
                "SELECT s.vm AS belongs_to, s.id, s.vm, s.parent, s.name, s.comment, s.created_at, s.created_by_role, s.created_by,"
                        + " s.status, s.reason, s.ram, s.power, s.node, s.consistency, s.paused_for, s.frozen_for,"
                        + " s.ram_bytes, s.hypervisor, s.expires_at FROM snapshot s" + which,
                row -> snapshot(row, details.of(row.text("id"))),
                values);
    }

    private static Snapshot snapshot(Row row, SnapshotDetails.One details) throws SQLException {
        Optional<Snapshot.Consistency> consistency = row.optionalWord("consistency", Snapshot.Consistency.class);
        Optional<Snapshot.Receipt> receipt = consistency.isEmpty()
                ? Optional.empty()
                : Optional.of(new Snapshot.Receipt(
                        consistency.get(),
                        row.duration("paused_for"),
                        row.duration("frozen_for"),
                        row.number("ram_bytes"),
                        row.optionalText("hypervisor").orElse(""),
                        details.notes()));
        return new Snapshot(
                SnapshotId.of(row.text("id")),
                VmId.of(row.text("vm")),
                row.optionalText("parent").map(SnapshotId::of),
                new Snapshot.Labels(
                        row.text("name"), row.text("comment"), details.tags(), row.optionalInstant("expires_at")),
                row.instant("created_at"),
                new Actor(row.word("created_by_role", Actor.Role.class), row.text("created_by")),
                row.word("status", Snapshot.Status.class),
                row.optionalWord("reason", Snapshot.Reason.class),
                row.flag("ram"),
                row.word("power", PowerState.class),
                row.text("node"),
                details.volumes(),
                details.excluded(),
                receipt);
    }
}
