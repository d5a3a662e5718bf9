package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import java.io.PrintStream;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Draws a VM's snapshots as a tree, with the VM's present state where it descends from. */
final class TreeDrawing {
    private static final int NAME_COLUMNS = 48;
    private static final int NARROWEST = 8;
    private static final String GAP = "  ";

    /** How far a level is set in. */
    private static final int STEP = 4;

    private final SnapshotTree tree;
    private final Style style;
    private final Clock clock;
    private final Usages usages;

    TreeDrawing(SnapshotTree tree, Style style, Clock clock, Usages usages) {
        this.tree = tree;
        this.style = style;
        this.clock = clock;
        this.usages = usages;
    }

    /** A line that is to be drawn: a snapshot, or the marker where there is none. */
    private record Branch(Optional<Snapshot> snapshot, String indent, int depth, boolean last) {}

    /** Draws without recursion: a chain of a thousand snapshots is allowed. */
    void print(PrintStream out) {
        Deque<Branch> open = new ArrayDeque<>();
        push(open, tree.roots(), tree.current().isEmpty(), "", 0);
        while (!open.isEmpty()) {
            Branch branch = open.pop();
            String lead = branch.indent() + (branch.last() ? style.corner() : style.tee());
            out.println(lead
                    + branch.snapshot()
                            .map(s -> brief(s, (branch.depth() + 1) * STEP))
                            .orElseGet(this::marker));
            branch.snapshot().ifPresent(snapshot -> {
                boolean here = tree.current().filter(snapshot.id()::equals).isPresent();
                String indent = branch.indent() + (branch.last() ? "    " : style.bar());
                push(open, tree.childrenOf(snapshot.id()), here, indent, branch.depth() + 1);
            });
        }
    }

    private void push(Deque<Branch> open, List<Snapshot> snapshots, boolean here, String indent, int depth) {
        if (here) {
            open.push(new Branch(Optional.empty(), indent, depth, true));
        }
        for (int at = snapshots.size() - 1; at >= 0; at--) {
            boolean last = !here && at == snapshots.size() - 1;
            open.push(new Branch(Optional.of(snapshots.get(at)), indent, depth, last));
        }
    }

    private String marker() {
        return style.good(style.marker() + " you are here");
    }

    /** What stands behind a name. */
    private record Remark(String text, UnaryOperator<String> look) {}

    /** Where a line is too long for the terminal, the name gives way. */
    private String brief(Snapshot snapshot, int indent) {
        List<Remark> remarks = remarks(snapshot);
        int taken = indent
                + remarks.stream()
                        .mapToInt(r -> GAP.length() + r.text().length())
                        .sum();
        int room = Math.max(NARROWEST, Math.min(NAME_COLUMNS, style.columns() - taken));
        StringBuilder line = new StringBuilder(style.bold(style.safe().line(snapshot.name(), room)));
        remarks.forEach(r -> line.append(GAP).append(r.look().apply(r.text())));
        return line.toString();
    }

    private List<Remark> remarks(Snapshot snapshot) {
        List<Remark> remarks = new ArrayList<>();
        remarks.add(new Remark(shortId(tree, snapshot.id()), style::dim));
        remarks.add(new Remark(Units.age(snapshot.createdAt(), clock), style::plain));
        Optional<String> usage = usages.brief(snapshot.id());
        if (snapshot.ram()) {
            // What it takes is told with the rest, where that is known.
            String size = usage.isPresent()
                    ? ""
                    : snapshot.receipt()
                            .map(r -> " " + Units.bytes(r.ramBytes()))
                            .orElse("");
            remarks.add(new Remark("RAM" + size, style::plain));
        }
        usage.ifPresent(brief ->
                remarks.add(new Remark(brief, usages.isNearlyFull(snapshot.id()) ? style::warning : style::plain)));
        snapshot.labels()
                .expiresAt()
                .ifPresent(at -> remarks.add(new Remark(
                        Units.expiry(at, clock), at.isAfter(clock.instant()) ? style::plain : style::warning)));
        if (snapshot.status() != Snapshot.Status.AVAILABLE) {
            remarks.add(new Remark(status(snapshot), style::bad));
        }
        return remarks;
    }

    static String status(Snapshot snapshot) {
        return snapshot.status().name()
                + snapshot.reason().map(r -> " (" + Units.words(r) + ")").orElse("");
    }

    /** The shortest beginning of an id, of eight characters or more, that names one snapshot of the VM. */
    static String shortId(SnapshotTree tree, SnapshotId id) {
        String whole = id.value();
        for (int length = SnapshotLookup.SHORTEST_PREFIX; length < whole.length(); length++) {
            String prefix = whole.substring(0, length);
            if (tree.snapshots().stream()
                            .filter(s -> s.id().value().startsWith(prefix))
                            .count()
                    == 1) {
                return prefix;
            }
        }
        return whole;
    }
}
