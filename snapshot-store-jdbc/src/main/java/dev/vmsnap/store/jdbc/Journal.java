package dev.vmsnap.store.jdbc;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tables of open operations: what each intended, how far its steps got, and what they need to know. */
final class Journal {
    private static final Comparator<JournalEntry> BY_AGE =
            Comparator.comparing(JournalEntry::startedAt).thenComparing(JournalEntry::operation);

    private Journal() {}

    static void open(Transaction transaction, JournalEntry entry) throws SQLException {
        int opened = transaction.update(
                "INSERT INTO operation (id, vm, verb, actor_role, actor, node, started_at, point_of_no_return)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                entry.operation(),
                entry.vm(),
                entry.verb().name(),
                entry.actor().role().name(),
                entry.actor().name(),
                entry.node(),
                entry.startedAt(),
                entry.pointOfNoReturn());
        if (opened == 0) {
            throw transaction.failure(Reason.CONFLICT, "operation " + entry.operation() + " is open already");
        }
        for (int i = 0; i < entry.snapshots().size(); i++) {
            transaction.update(
                    "INSERT INTO operation_snapshot (operation, position, snapshot) VALUES (?, ?, ?)",
                    entry.operation(),
                    i,
                    entry.snapshots().get(i));
        }
        for (int i = 0; i < entry.steps().size(); i++) {
            JournalEntry.Step step = entry.steps().get(i);
            transaction.update(
                    "INSERT INTO operation_step (operation, position, kind, subject, mark) VALUES (?, ?, ?, ?, ?)",
                    entry.operation(),
                    i,
                    step.kind(),
                    step.subject(),
                    step.mark().name());
        }
        for (Map.Entry<String, String> fact : entry.facts().entrySet()) {
            putFact(transaction, entry.operation(), fact.getKey(), fact.getValue());
        }
    }

    static void mark(Transaction transaction, VmId vm, String operation, int step, JournalEntry.Mark mark)
            throws SQLException {
        requireOpen(transaction, vm, operation);
        int marked = transaction.update(
                "UPDATE operation_step SET mark = ? WHERE operation = ? AND position = ?",
                mark.name(),
                operation,
                step);
        if (marked == 0) {
            throw transaction.failure(Reason.MISSING, "operation " + operation + " has no step " + step);
        }
    }

    static void note(Transaction transaction, VmId vm, String operation, String key, String value) throws SQLException {
        requireOpen(transaction, vm, operation);
        putFact(transaction, operation, key, value);
    }

    static void close(Transaction transaction, VmId vm, String operation) throws SQLException {
        transaction.update("DELETE FROM operation WHERE id = ? AND vm = ?", operation, vm);
    }

    /** Reads the entries of all VMs of which everything can be read; what cannot is added to the damages. */
    static List<JournalEntry> all(Transaction transaction, Damages damages) throws SQLException {
        return read(transaction, damages, "").stream()
                .filter(entry -> !damages.has(entry.vm().value()))
                .toList();
    }

    static List<JournalEntry> of(Transaction transaction, VmId vm) throws SQLException {
        Damages damages = new Damages();
        List<JournalEntry> entries = of(transaction, damages, vm);
        damages.requireNone(vm.value());
        return entries;
    }

    /** Reads the entries of one VM; what cannot be read is added to the damages. */
    static List<JournalEntry> of(Transaction transaction, Damages damages, VmId vm) throws SQLException {
        return read(transaction, damages, " WHERE o.vm = ?", vm);
    }

    private static void requireOpen(Transaction transaction, VmId vm, String operation) throws SQLException {
        List<String> open = transaction.queryLocking(
                "SELECT id FROM operation WHERE id = ? AND vm = ?", row -> row.text("id"), operation, vm);
        if (open.isEmpty()) {
            throw transaction.failure(
                    Reason.MISSING, "VM " + vm + " has no open journal entry of operation " + operation);
        }
    }

    private static void putFact(Transaction transaction, String operation, String key, String value)
            throws SQLException {
        transaction.update(
                "INSERT INTO operation_fact (operation, fact, value) VALUES (?, ?, ?)"
                        + " ON CONFLICT (operation, fact) DO UPDATE SET value = excluded.value",
                operation,
                key,
                value);
    }

    private static List<JournalEntry> read(Transaction transaction, Damages damages, String which, Object... values)
            throws SQLException {
        Parts parts = new Parts();
        transaction.query(
                "operation_snapshot",
                damages,
                "SELECT o.vm AS belongs_to, s.operation, s.snapshot FROM operation_snapshot s JOIN operation o ON o.id = s.operation"
                        + which + " ORDER BY s.operation, s.position",
                row -> add(parts.snapshots, row, SnapshotId.of(row.text("snapshot"))),
                values);
        transaction.query(
                "operation_step",
                damages,
                "SELECT o.vm AS belongs_to, s.operation, s.kind, s.subject, s.mark FROM operation_step s"
                        + " JOIN operation o ON o.id = s.operation" + which + " ORDER BY s.operation, s.position",
                row -> add(parts.steps, row, step(row)),
                values);
        transaction.query(
                "operation_fact",
                damages,
                "SELECT o.vm AS belongs_to, f.operation, f.fact, f.value FROM operation_fact f JOIN operation o ON o.id = f.operation"
                        + which,
                row -> Optional.ofNullable(parts.facts
                        .computeIfAbsent(row.text("operation"), operation -> new HashMap<>())
                        .put(row.text("fact"), row.text("value"))),
                values);
        return transaction
                .query(
                        "operation",
                        damages,
                        "SELECT o.vm AS belongs_to, o.id, o.vm, o.verb, o.actor_role, o.actor, o.node, o.started_at, o.point_of_no_return"
                                + " FROM operation o" + which,
                        row -> entry(row, parts),
                        values)
                .stream()
                .sorted(BY_AGE)
                .toList();
    }

    private static final class Parts {
        private final Map<String, List<SnapshotId>> snapshots = new HashMap<>();
        private final Map<String, List<JournalEntry.Step>> steps = new HashMap<>();
        private final Map<String, Map<String, String>> facts = new HashMap<>();
    }

    private static <T> boolean add(Map<String, List<T>> parts, Row row, T part) throws SQLException {
        return parts.computeIfAbsent(row.text("operation"), operation -> new ArrayList<>())
                .add(part);
    }

    private static JournalEntry.Step step(Row row) throws SQLException {
        return new JournalEntry.Step(row.text("kind"), row.text("subject"), row.word("mark", JournalEntry.Mark.class));
    }

    private static JournalEntry entry(Row row, Parts parts) throws SQLException {
        String operation = row.text("id");
        Instant startedAt = row.instant("started_at");
        return new JournalEntry(
                operation,
                VmId.of(row.text("vm")),
                row.word("verb", Verb.class),
                new Actor(row.word("actor_role", Actor.Role.class), row.text("actor")),
                row.text("node"),
                startedAt,
                parts.snapshots.getOrDefault(operation, List.of()),
                row.smallNumber("point_of_no_return"),
                parts.steps.getOrDefault(operation, List.of()),
                parts.facts.getOrDefault(operation, Map.of()));
    }
}
