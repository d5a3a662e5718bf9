package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.time.Clock;
import java.util.List;
import java.util.Locale;

/** Prints everything that is known of one snapshot. */
final class Portrait {
    private final Style style;
    private final Clock clock;
    private final Usages usages;

    Portrait(Style style, Clock clock, Usages usages) {
        this.style = style;
        this.clock = clock;
        this.usages = usages;
    }

    void print(PrintStream out, Vm vm, SnapshotTree tree, Snapshot snapshot) {
        boolean here = tree.current().filter(snapshot.id()::equals).isPresent();
        line(out, "name", style.bold(style.safe(snapshot.name())));
        line(out, "id", snapshot.id().value());
        line(out, "VM", style.safe(vm.name()) + "  " + vm.id());
        line(
                out,
                "created",
                Units.second(snapshot.createdAt(), clock.getZone()) + "  (" + Units.age(snapshot.createdAt(), clock)
                        + ")");
        line(
                out,
                "created by",
                snapshot.createdBy().role().name().toLowerCase(Locale.ROOT) + " "
                        + style.safe(snapshot.createdBy().name()));
        line(out, "status", TreeDrawing.status(snapshot));
        line(out, "position", here ? style.good(style.marker() + " the VM's state descends from it") : "-");
        line(
                out,
                "parent",
                snapshot.parent().flatMap(tree::find).map(this::named).orElse("none"));
        List<Snapshot> children = tree.childrenOf(snapshot.id());
        line(out, "children", children.isEmpty() ? "none" : "");
        children.forEach(child -> out.println("  " + named(child)));
        line(out, "RAM", snapshot.ram() ? "saved" : "not saved");
        line(out, "VM was", Units.words(snapshot.power()) + " on node " + style.safe(snapshot.node()));
        line(out, "disks", snapshot.volumes().isEmpty() ? "none" : "");
        for (Volume volume : snapshot.volumes()) {
            out.println("  " + disk(volume));
            usages.of(snapshot.id(), volume.target()).ifPresent(usage -> out.println("    " + taken(usage)));
        }
        snapshot.receipt().ifPresent(receipt -> receipt(out, snapshot, receipt));
        if (!snapshot.comment().isEmpty()) {
            line(out, "comment", "");
            style.safe().lines(snapshot.comment()).lines().forEach(text -> out.println("  " + text));
        }
    }

    private void receipt(PrintStream out, Snapshot snapshot, Snapshot.Receipt receipt) {
        line(out, "consistency", Units.words(receipt.consistency()));
        line(out, "guest held", Units.duration(receipt.pause()));
        line(out, "frozen", Units.duration(receipt.freeze()));
        if (snapshot.ram()) {
            line(out, "RAM size", Units.bytes(receipt.ramBytes()) + "  (" + receipt.ramBytes() + " bytes)");
        }
        line(out, "notes", receipt.notes().isEmpty() ? "none" : "");
        receipt.notes().forEach(note -> out.println("  " + style.safe(note)));
    }

    private void line(PrintStream out, String label, String value) {
        out.println((style.dim(String.format(Locale.ROOT, "%-12s", label + ":")) + " " + value).stripTrailing());
    }

    private String named(Snapshot snapshot) {
        return "\"" + style.safe(snapshot.name()) + "\" (" + snapshot.id() + ")";
    }

    private static String taken(Snapshot.Usage usage) {
        String used = Units.bytes(usage.usedBytes()) + " used";
        return usage.roomBytes().isPresent()
                ? used + " of " + Units.bytes(usage.roomBytes().getAsLong()) + ", " + Usages.percent(usage) + " full"
                : used;
    }

    private String disk(Volume volume) {
        String size = volume.virtualBytes().isPresent()
                ? ", " + Units.bytes(volume.virtualBytes().getAsLong())
                : "";
        return style.safe(volume.target()) + ": " + style.safe(volume.source()) + "  (" + style.safe(volume.format())
                + size + ", " + Units.words(volume.kind()) + ", driver " + style.safe(volume.storage()) + ")";
    }
}
