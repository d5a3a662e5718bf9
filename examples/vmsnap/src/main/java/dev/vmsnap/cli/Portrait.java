package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Prints everything that is known of one snapshot. */
final class Portrait {
    private static final int VALUE_COLUMN = 13;

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
        line(out, "VM", style.safe(vm.name()) + (vm.isNamed() ? "  " + vm.id() : ""));
        line(out, "created", Units.second(snapshot.createdAt(), clock.getZone()) + ago(snapshot));
        line(
                out,
                "created by",
                snapshot.createdBy().role().name().toLowerCase(Locale.ROOT) + " "
                        + style.safe(snapshot.createdBy().name()));
        line(out, "expires", expiry(snapshot.labels()));
        line(out, "status", TreeDrawing.status(snapshot));
        line(out, "VM is here", here ? style.good("yes, its state descends from this snapshot") : "no");
        line(
                out,
                "parent",
                snapshot.parent().flatMap(tree::find).map(this::named).orElse("none"));
        list(out, "children", tree.childrenOf(snapshot.id()).stream().map(this::named));
        list(out, "tags", tags(snapshot.labels()));
        line(out, "RAM", snapshot.ram() ? "saved" : "not saved");
        line(out, "VM was", Units.words(snapshot.power()) + " on node " + style.safe(snapshot.node()));
        list(out, "disks", snapshot.volumes().stream().flatMap(volume -> disk(snapshot, volume)));
        if (!snapshot.excluded().isEmpty()) {
            String disks =
                    String.join(", ", snapshot.excluded().stream().sorted().toList());
            line(out, "left out", style.safe(disks));
        }
        snapshot.receipt().ifPresent(receipt -> receipt(out, snapshot, receipt));
        if (!snapshot.comment().isEmpty()) {
            list(out, "comment", style.safe().lines(snapshot.comment()).lines());
        }
    }

    private void receipt(PrintStream out, Snapshot snapshot, Snapshot.Receipt receipt) {
        line(out, "consistency", Units.consistency(receipt.consistency()));
        line(out, "guest held", receipt.pause().isZero() ? "no" : Units.duration(receipt.pause()));
        line(out, "frozen", receipt.freeze().isZero() ? "no" : Units.duration(receipt.freeze()));
        if (snapshot.ram()) {
            line(out, "RAM size", Units.bytes(receipt.ramBytes()) + "  (" + receipt.ramBytes() + " bytes)");
        }
        if (!receipt.hypervisor().isBlank()) {
            line(out, "taken with", style.safe(receipt.hypervisor()));
        }
        line(out, "notes", receipt.notes().isEmpty() ? "none" : "");
        receipt.notes().forEach(note -> out.println(style.paragraph(2, note)));
    }

    private void line(PrintStream out, String label, String value) {
        String begin = style.dim(label + ":");
        String gap = " ".repeat(Math.max(1, VALUE_COLUMN - label.length() - 1));
        out.println(value.isEmpty() ? begin : begin + gap + value);
    }

    private void list(PrintStream out, String label, Stream<String> lines) {
        List<String> all = lines.toList();
        line(out, label, all.isEmpty() ? "none" : "");
        all.forEach(line -> out.println("  " + line));
    }

    private String named(Snapshot snapshot) {
        return "\"" + style.safe(snapshot.name()) + "\" (" + snapshot.id() + ")";
    }

    private String ago(Snapshot snapshot) {
        String age = Units.age(snapshot.createdAt(), clock);
        return age.endsWith("ago") ? "  (" + age + ")" : "";
    }

    private String expiry(Snapshot.Labels labels) {
        return labels.expiresAt()
                .map(at -> Units.second(at, clock.getZone()) + "  (" + Units.until(at, clock) + ")")
                .orElse("never");
    }

    private Stream<String> tags(Snapshot.Labels labels) {
        return new TreeMap<>(labels.tags())
                .entrySet().stream().map(tag -> style.safe(tag.getKey()) + " = " + style.safe(tag.getValue()));
    }

    private Stream<String> disk(Snapshot snapshot, Volume volume) {
        String size = volume.virtualBytes().isPresent()
                ? ", " + Units.bytes(volume.virtualBytes().getAsLong())
                : "";
        String kind = "  " + style.safe(volume.format()) + size + ", " + Units.kind(volume.kind()) + ", driver "
                + style.safe(volume.storage());
        return Stream.of(
                        Stream.of(style.safe(volume.target()) + ": " + style.safe(volume.source())),
                        volume.location().map(where -> "  at " + style.safe(where)).stream(),
                        Stream.of(kind),
                        usages.of(snapshot.id(), volume.target()).map(u -> "  " + taken(u)).stream())
                .flatMap(lines -> lines);
    }

    private static String taken(Snapshot.Usage usage) {
        String room = usage.roomBytes().isPresent()
                ? " of " + Units.bytes(usage.roomBytes().getAsLong()) + ", " + Usages.percent(usage) + " full"
                : "";
        return Units.bytes(usage.usedBytes()) + " used" + room + "; deleting it frees "
                + Units.bytes(usage.freedBytes());
    }
}
