package dev.vmsnap.store.jdbc;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmRecord.Leftover;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The table of parts of deleted snapshots that are still to be deleted. */
final class LeftoverRows {
    private static final String SELECT =
            "SELECT vm AS belongs_to, vm, snapshot, target, source, format, kind, storage, location, why FROM leftover";

    private LeftoverRows() {}

    static List<Leftover> of(Transaction transaction, Damages damages, VmId vm) throws SQLException {
        return transaction.query(
                "leftover", damages, SELECT + " WHERE vm = ? ORDER BY position", LeftoverRows::leftover, vm);
    }

    static Map<VmId, List<Leftover>> all(Transaction transaction, Damages damages) throws SQLException {
        Map<VmId, List<Leftover>> found = new HashMap<>();
        transaction.query("leftover", damages, SELECT + " ORDER BY vm, position", row -> found.computeIfAbsent(
                        VmId.of(row.text("vm")), vm -> new ArrayList<>())
                .add(leftover(row)));
        return found;
    }

    /** Writes them if they differ from the stored ones. */
    static void save(Transaction transaction, VmId vm, List<Leftover> leftovers) throws SQLException {
        Damages damages = new Damages();
        if (of(transaction, damages, vm).equals(leftovers) && !damages.has(vm.value())) {
            return;
        }
        transaction.update("DELETE FROM leftover WHERE vm = ?", vm);
        for (int i = 0; i < leftovers.size(); i++) {
            Leftover left = leftovers.get(i);
            transaction.update(
                    "INSERT INTO leftover (vm, position, snapshot, target, source, format, kind, storage, location, why)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    vm,
                    i,
                    left.snapshot(),
                    left.volume().target(),
                    left.volume().source(),
                    left.volume().format(),
                    left.volume().kind().name(),
                    left.volume().storage(),
                    left.volume().location(),
                    left.why());
        }
    }

    private static Leftover leftover(Row row) throws SQLException {
        Volume volume = new Volume(
                row.text("target"),
                row.text("source"),
                row.text("format"),
                row.word("kind", StorageKind.class),
                row.text("storage"),
                OptionalLong.empty(),
                row.optionalText("location"),
                Optional.empty());
        return new Leftover(SnapshotId.of(row.text("snapshot")), volume, row.text("why"));
    }
}
