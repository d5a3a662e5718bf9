package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.io.PrintStream;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Prints snapshots as comma-separated values for spreadsheets (RFC 4180), sizes in bytes and times in UTC. */
final class SnapshotCsv {
    private static final String HEADS =
            "vm,vm_id,id,name,status,reason,created_at,expires_at,ram_bytes,used_bytes,tags,comment";

    private final Printable printable;

    SnapshotCsv(Printable printable) {
        this.printable = printable;
    }

    void print(PrintStream out, List<Inventory> inventories) {
        out.print(HEADS + "\r\n");
        inventories.forEach(
                inventory -> inventory.listed().forEach(snapshot -> out.print(row(inventory, snapshot) + "\r\n")));
    }

    private String row(Inventory inventory, Snapshot snapshot) {
        List<Snapshot.Usage> used = inventory.known().of(snapshot.id());
        return Stream.of(
                        inventory.vm().name(),
                        inventory.vm().id().value(),
                        snapshot.id().value(),
                        snapshot.name(),
                        snapshot.status().name(),
                        snapshot.reason().map(Enum::name).orElse(""),
                        snapshot.createdAt().toString(),
                        snapshot.labels().expiresAt().map(Object::toString).orElse(""),
                        snapshot.ram()
                                ? snapshot.receipt()
                                        .map(r -> Long.toString(r.ramBytes()))
                                        .orElse("")
                                : "0",
                        used.isEmpty() ? "" : Long.toString(Usages.used(used)),
                        new TreeMap<>(snapshot.labels().tags())
                                .entrySet().stream()
                                        .map(tag -> tag.getKey() + "=" + tag.getValue())
                                        .collect(Collectors.joining(" ")),
                        snapshot.labels().comment())
                .map(this::cell)
                .collect(Collectors.joining(","));
    }

    /** A text of somebody's that looks like a formula is none: spreadsheets would run it. */
    private String cell(String text) {
        String line = printable.line(text);
        String plain = line.matches("[=+@-].*") ? "'" + line : line;
        return plain.matches(".*[,\"].*") ? '"' + plain.replace("\"", "\"\"") + '"' : plain;
    }
}
