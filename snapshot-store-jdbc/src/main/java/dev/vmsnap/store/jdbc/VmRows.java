package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmRecord;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The table of VMs. */
final class VmRows {
    private static final String TABLE = "vm";
    private static final String SELECT = "SELECT id AS belongs_to, id, revision, name, node, template, "
            + Choices.COLUMNS + ", current_snapshot FROM vm";

    private VmRows() {}

    /** A VM's record without its tree. */
    private record Head(
            VmId vm,
            long revision,
            String name,
            Optional<String> node,
            Optional<String> template,
            SettingsChoice choice,
            Optional<SnapshotId> current) {}

    static Optional<VmRecord> find(Transaction transaction, VmId vm) throws SQLException {
        Damages damages = new Damages();
        Optional<VmRecord> record = find(transaction, damages, vm);
        damages.requireNone(vm.value());
        return record;
    }

    /** Reads a record; what cannot be read is added to the damages. */
    static Optional<VmRecord> find(Transaction transaction, Damages damages, VmId vm) throws SQLException {
        List<Head> heads = transaction.query(TABLE, damages, SELECT + " WHERE id = ?", VmRows::head, vm);
        List<Snapshot> snapshots = SnapshotRows.of(transaction, damages, vm);
        List<VmRecord.Leftover> leftovers = LeftoverRows.of(transaction, damages, vm);
        return heads.stream()
                .flatMap(head -> record(damages, head, snapshots, leftovers).stream())
                .findFirst();
    }

    /** Reads the records that can be read; what cannot is added to the damages. */
    static List<VmRecord> all(Transaction transaction, Damages damages) throws SQLException {
        Map<VmId, List<Snapshot>> snapshots = SnapshotRows.all(transaction, damages);
        Map<VmId, List<VmRecord.Leftover>> leftovers = LeftoverRows.all(transaction, damages);
        List<VmRecord> records = new ArrayList<>();
        for (Head head : transaction.query(TABLE, damages, SELECT, VmRows::head)) {
            record(
                            damages,
                            head,
                            snapshots.getOrDefault(head.vm(), List.of()),
                            leftovers.getOrDefault(head.vm(), List.of()))
                    .ifPresent(records::add);
        }
        return records;
    }

    static VmRecord save(Transaction transaction, VmRecord record) throws SQLException {
        VmRecord next = record.withRevision(record.revision() + 1);
        boolean written = record.revision() == 0 ? insert(transaction, next) : update(transaction, next);
        if (!written) {
            throw transaction.failure(
                    Reason.CONFLICT,
                    "the record of VM " + record.vm() + " was changed since revision " + record.revision()
                            + " was read");
        }
        SnapshotRows.save(transaction, record.vm(), record.tree().snapshots());
        LeftoverRows.save(transaction, record.vm(), record.leftovers());
        return next;
    }

    static void forget(Transaction transaction, VmId vm) throws SQLException {
        transaction.update("DELETE FROM vm WHERE id = ?", vm);
    }

    private static boolean insert(Transaction transaction, VmRecord next) throws SQLException {
        return transaction.update(
                        "INSERT INTO vm (id, revision, name, node, template, " + Choices.COLUMNS
                                + ", current_snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                                + " ON CONFLICT (id) DO NOTHING",
                        next.vm(),
                        next.revision(),
                        next.name(),
                        next.node(),
                        next.template(),
                        next.choice().allowUsers(),
                        next.choice().limit(),
                        next.choice().allowRam(),
                        next.choice().allowRestore(),
                        next.choice().quotaBytes(),
                        next.tree().current())
                == 1;
    }

    private static boolean update(Transaction transaction, VmRecord next) throws SQLException {
        return transaction.update(
                        "UPDATE vm SET revision = ?, name = ?, node = ?, template = ?, allow_users = ?,"
                                + " snapshot_limit = ?, allow_ram = ?, allow_restore = ?, quota_bytes = ?, current_snapshot = ?"
                                + " WHERE id = ? AND revision = ?",
                        next.revision(),
                        next.name(),
                        next.node(),
                        next.template(),
                        next.choice().allowUsers(),
                        next.choice().limit(),
                        next.choice().allowRam(),
                        next.choice().allowRestore(),
                        next.choice().quotaBytes(),
                        next.tree().current(),
                        next.vm(),
                        next.revision() - 1)
                == 1;
    }

    private static Head head(Row row) throws SQLException {
        return new Head(
                VmId.of(row.text("id")),
                row.number("revision"),
                row.text("name"),
                row.optionalText("node"),
                row.optionalText("template"),
                Choices.read(row),
                row.optionalText("current_snapshot").map(SnapshotId::of));
    }

    private static Optional<VmRecord> record(
            Damages damages, Head head, List<Snapshot> snapshots, List<VmRecord.Leftover> leftovers) {
        if (damages.has(head.vm().value())) {
            return Optional.empty();
        }
        try {
            SnapshotTree tree = SnapshotTree.of(head.vm(), snapshots, head.current());
            return Optional.of(new VmRecord(
                    head.vm(),
                    head.revision(),
                    head.name(),
                    head.node(),
                    head.template(),
                    head.choice(),
                    tree,
                    leftovers));
        } catch (IllegalArgumentException unsound) {
            damages.add(head.vm().value(), "snapshot", unsound);
            return Optional.empty();
        }
    }
}
