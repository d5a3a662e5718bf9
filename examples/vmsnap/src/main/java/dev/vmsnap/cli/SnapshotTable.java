package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.io.PrintStream;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Prints snapshots of several VMs, each on a line of a terminal's usual width: when they expire only where one does, and
 * what they take, if somebody asked, instead of what else is known.
 */
final class SnapshotTable {
    private static final int NAME_COLUMNS = 40;

    private final Style style;
    private final Clock clock;
    private final List<Inventory> inventories;
    private final boolean expiry;
    private final boolean usage;

    SnapshotTable(Style style, Clock clock, List<Inventory> inventories) {
        this.style = style;
        this.clock = clock;
        this.inventories = inventories;
        this.expiry = snapshots().anyMatch(s -> s.labels().expiresAt().isPresent());
        this.usage = inventories.stream().anyMatch(i -> i.usages().isPresent());
    }

    boolean isEmpty() {
        return snapshots().findAny().isEmpty();
    }

    void print(PrintStream out) {
        List<String> heads = new ArrayList<>(List.of("VM", "ID", "NAME"));
        heads.addAll(usage ? List.of("USED", "FREES") : List.of("CREATED", "RAM"));
        if (expiry) {
            heads.add("EXPIRES");
        }
        heads.add("STATUS");
        Table table = new Table(heads, Set.of(0, 2));
        inventories.forEach(inventory -> inventory.listed().forEach(snapshot -> table.row(row(inventory, snapshot))));
        table.print(out, style);
    }

    private List<String> row(Inventory inventory, Snapshot snapshot) {
        List<String> row = new ArrayList<>();
        row.add(name(inventory.vm().name()));
        row.add(TreeDrawing.shortId(inventory.tree(), snapshot.id()));
        row.add(name(snapshot.name()));
        if (usage) {
            List<Snapshot.Usage> parts = inventory.known().of(snapshot.id());
            row.add(parts.isEmpty() ? "-" : Units.bytes(Usages.used(parts)));
            row.add(parts.isEmpty() ? "-" : Units.bytes(Usages.freed(parts)));
        } else {
            row.add(Units.minute(snapshot.createdAt(), clock.getZone()));
            row.add(ram(snapshot));
        }
        if (expiry) {
            row.add(snapshot.labels()
                    .expiresAt()
                    .map(at -> Units.until(at, clock))
                    .orElse("-"));
        }
        row.add(TreeDrawing.status(snapshot));
        return row;
    }

    private static String ram(Snapshot snapshot) {
        Optional<String> size = snapshot.receipt().map(r -> Units.bytes(r.ramBytes()));
        return snapshot.ram() ? size.orElse("yes") : "-";
    }

    private Stream<Snapshot> snapshots() {
        return inventories.stream().flatMap(i -> i.listed().stream());
    }

    private String name(String text) {
        return style.safe().line(text, NAME_COLUMNS);
    }
}
