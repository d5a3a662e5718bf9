package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmConfiguration;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The tables of the configurations of snapshots, and of what a machine keeps outside its disks. */
final class ConfigurationRows {
    private ConfigurationRows() {}

    static void save(Transaction transaction, VmId vm, SnapshotId snapshot, VmConfiguration configuration)
            throws SQLException {
        List<String> known = transaction.queryLocking(
                "SELECT id FROM snapshot WHERE id = ? AND vm = ?", row -> row.text("id"), snapshot, vm);
        if (known.isEmpty()) {
            throw transaction.failure(Reason.MISSING, "VM " + vm + " has no snapshot " + snapshot);
        }
        transaction.update(
                "INSERT INTO configuration (snapshot, persistent, live) VALUES (?, ?, ?)"
                        + " ON CONFLICT (snapshot) DO UPDATE SET persistent = excluded.persistent,"
                        + " live = excluded.live",
                snapshot,
                configuration.persistent(),
                configuration.live());
        transaction.update("DELETE FROM machine_state WHERE snapshot = ?", snapshot);
        for (Map.Entry<String, String> part : configuration.machineState().entrySet()) {
            transaction.update(
                    "INSERT INTO machine_state (snapshot, part, content) VALUES (?, ?, ?)",
                    snapshot,
                    part.getKey(),
                    part.getValue());
        }
    }

    static Map<SnapshotId, VmConfiguration> all(Transaction transaction, VmId vm) throws SQLException {
        Map<String, Map<String, String>> states = new HashMap<>();
        transaction.query(
                "SELECT m.snapshot, m.part, m.content FROM machine_state m"
                        + " JOIN snapshot s ON s.id = m.snapshot WHERE s.vm = ?",
                row -> states.computeIfAbsent(row.text("snapshot"), snapshot -> new HashMap<>())
                        .put(row.text("part"), row.text("content")),
                vm);
        return transaction
                .query(
                        "SELECT c.snapshot, c.persistent, c.live FROM configuration c"
                                + " JOIN snapshot s ON s.id = c.snapshot WHERE s.vm = ?",
                        row -> Map.entry(
                                SnapshotId.of(row.text("snapshot")),
                                new VmConfiguration(
                                        row.text("persistent"),
                                        row.text("live"),
                                        states.getOrDefault(row.text("snapshot"), Map.of()))),
                        vm)
                .stream()
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }
}
