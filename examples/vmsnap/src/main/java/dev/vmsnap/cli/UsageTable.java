package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;

/** Prints what the snapshots of a VM take, disk by disk and in all. */
final class UsageTable {
    private static final int NAME_COLUMNS = 40;

    private final Style style;
    private final SnapshotTree tree;
    private final Usages usages;

    UsageTable(Style style, Inventory inventory) {
        this.style = style;
        this.tree = inventory.tree();
        this.usages = inventory.known();
    }

    void print(PrintStream out) {
        Table table = new Table(List.of("SNAPSHOT", "ID", "DISK", "USED", "FREES", "ROOM", "FILL"), Set.of(0));
        for (Snapshot snapshot : tree.snapshots()) {
            usages.of(snapshot.id())
                    .forEach(usage -> table.row(row(
                            style.safe().line(snapshot.name(), NAME_COLUMNS),
                            TreeDrawing.shortId(tree, snapshot.id()),
                            usage)));
        }
        usages.all().stream()
                .filter(usage -> tree.find(usage.snapshot()).isEmpty())
                .forEach(usage ->
                        table.row(row("(not in the store)", usage.snapshot().value(), usage)));
        table.row(List.of("all", "", "", Units.bytes(usages.usedBytes()), Units.bytes(usages.freedBytes()), "", ""));
        table.print(out, style);
    }

    private List<String> row(String name, String id, Snapshot.Usage usage) {
        boolean limited = usage.roomBytes().isPresent();
        return List.of(
                name,
                id,
                style.safe(usage.disk()),
                Units.bytes(usage.usedBytes()),
                Units.bytes(usage.freedBytes()),
                limited ? Units.bytes(usage.roomBytes().getAsLong()) : "-",
                limited ? Usages.percent(usage) : "-");
    }
}
