package dev.vmsnap.store.jdbc;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The tables of snapshots, their volumes and the notes of their receipts. */
final class SnapshotRows {
    private SnapshotRows() {}

    /** Reads the snapshots of all VMs. */
    static Map<VmId, List<Snapshot>> all(Transaction transaction) throws SQLException {
        return read(transaction, "").stream().collect(Collectors.groupingBy(Snapshot::vm));
    }

    /** Reads the snapshots of one VM. */
    static List<Snapshot> of(Transaction transaction, VmId vm) throws SQLException {
        return read(transaction, " WHERE s.vm = ?", vm);
    }

    /** Writes in what these snapshots differ from the stored ones of that VM. */
    static void save(Transaction transaction, VmId vm, List<Snapshot> snapshots) throws SQLException {
        Map<SnapshotId, Snapshot> stored =
                of(transaction, vm).stream().collect(Collectors.toMap(Snapshot::id, Function.identity()));
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
                        + " reason, ram, power, node, consistency, paused_for, frozen_for, ram_bytes)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
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
                receipt.map(Snapshot.Receipt::ramBytes));
        if (inserted == 0) {
            throw transaction.failure(Reason.CONFLICT, "another VM has a snapshot with the id " + snapshot.id());
        }
        insertVolumes(transaction, snapshot);
        insertNotes(transaction, snapshot);
    }

    private static void update(Transaction transaction, Snapshot before, Snapshot snapshot) throws SQLException {
        Optional<Snapshot.Receipt> receipt = snapshot.receipt();
        transaction.update(
                "UPDATE snapshot SET parent = ?, name = ?, comment = ?, created_at = ?, created_by_role = ?,"
                        + " created_by = ?, status = ?, reason = ?, ram = ?, power = ?, node = ?, consistency = ?,"
                        + " paused_for = ?, frozen_for = ?, ram_bytes = ? WHERE id = ?",
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
                snapshot.id());
        if (!before.volumes().equals(snapshot.volumes())) {
            transaction.update("DELETE FROM volume WHERE snapshot = ?", snapshot.id());
            insertVolumes(transaction, snapshot);
        }
        if (!before.receipt().map(Snapshot.Receipt::notes).equals(receipt.map(Snapshot.Receipt::notes))) {
            transaction.update("DELETE FROM receipt_note WHERE snapshot = ?", snapshot.id());
            insertNotes(transaction, snapshot);
        }
    }

    private static void insertVolumes(Transaction transaction, Snapshot snapshot) throws SQLException {
        for (int i = 0; i < snapshot.volumes().size(); i++) {
            Volume volume = snapshot.volumes().get(i);
            OptionalLong bytes = volume.virtualBytes();
            transaction.update(
                    "INSERT INTO volume (snapshot, position, target, source, format, kind, storage, virtual_bytes)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    snapshot.id(),
                    i,
                    volume.target(),
                    volume.source(),
                    volume.format(),
                    volume.kind().name(),
                    volume.storage(),
                    bytes.isPresent() ? Optional.of(bytes.getAsLong()) : Optional.empty());
        }
    }

    private static void insertNotes(Transaction transaction, Snapshot snapshot) throws SQLException {
        List<String> notes = snapshot.receipt().map(Snapshot.Receipt::notes).orElse(List.of());
        for (int i = 0; i < notes.size(); i++) {
            transaction.update(
                    "INSERT INTO receipt_note (snapshot, position, note) VALUES (?, ?, ?)",
                    snapshot.id(),
                    i,
                    notes.get(i));
        }
    }

    private static List<Snapshot> read(Transaction transaction, String which, Object... values) throws SQLException {
        Map<String, List<Volume>> volumes = new HashMap<>();
        transaction.query(
                "SELECT v.snapshot, v.target, v.source, v.format, v.kind, v.storage, v.virtual_bytes FROM volume v"
                        + " JOIN snapshot s ON s.id = v.snapshot" + which + " ORDER BY v.snapshot, v.position",
                row -> add(volumes, row, volume(row)),
                values);
        Map<String, List<String>> notes = new HashMap<>();
        transaction.query(
                "SELECT n.snapshot, n.note FROM receipt_note n JOIN snapshot s ON s.id = n.snapshot" + which
                        + " ORDER BY n.snapshot, n.position",
                row -> add(notes, row, row.text("note")),
                values);
        return transaction.query(
                "SELECT s.id, s.vm, s.parent, s.name, s.comment, s.created_at, s.created_by_role, s.created_by,"
                        + " s.status, s.reason, s.ram, s.power, s.node, s.consistency, s.paused_for, s.frozen_for,"
                        + " s.ram_bytes FROM snapshot s" + which,
                row -> snapshot(
                        row,
                        volumes.getOrDefault(row.text("id"), List.of()),
                        notes.getOrDefault(row.text("id"), List.of())),
                values);
    }

    private static <T> boolean add(Map<String, List<T>> parts, Row row, T part) throws SQLException {
        return parts.computeIfAbsent(row.text("snapshot"), snapshot -> new ArrayList<>())
                .add(part);
    }

    private static Volume volume(Row row) throws SQLException {
        Optional<Long> bytes = row.optionalNumber("virtual_bytes");
        return new Volume(
                row.text("target"),
                row.text("source"),
                row.text("format"),
                row.word("kind", StorageKind.class),
                row.text("storage"),
                bytes.isPresent() ? OptionalLong.of(bytes.get()) : OptionalLong.empty());
    }

    private static Snapshot snapshot(Row row, List<Volume> volumes, List<String> notes) throws SQLException {
        Optional<Snapshot.Consistency> consistency = row.optionalWord("consistency", Snapshot.Consistency.class);
        Optional<Snapshot.Receipt> receipt = consistency.isEmpty()
                ? Optional.empty()
                : Optional.of(new Snapshot.Receipt(
                        consistency.get(),
                        row.duration("paused_for"),
                        row.duration("frozen_for"),
                        row.number("ram_bytes"),
                        notes));
        return new Snapshot(
                SnapshotId.of(row.text("id")),
                VmId.of(row.text("vm")),
                row.optionalText("parent").map(SnapshotId::of),
                row.text("name"),
                row.text("comment"),
                row.instant("created_at"),
                new Actor(row.word("created_by_role", Actor.Role.class), row.text("created_by")),
                row.word("status", Snapshot.Status.class),
                row.optionalWord("reason", Snapshot.Reason.class),
                row.flag("ram"),
                row.word("power", PowerState.class),
                row.text("node"),
                volumes,
                receipt);
    }
}
