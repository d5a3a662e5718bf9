package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import java.io.PrintStream;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** Draws a VM's snapshots as a tree, with the VM's present state where it descends from. */
final class TreeDrawing {
    private static final int NAME_COLUMNS = 48;

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
    private record Branch(Optional<Snapshot> snapshot, String indent, boolean last) {}

    /** Draws without recursion: a chain of a thousand snapshots is allowed. */
    void print(PrintStream out) {
        Deque<Branch> open = new ArrayDeque<>();
        push(open, tree.roots(), tree.current().isEmpty(), "");
        while (!open.isEmpty()) {
            Branch branch = open.pop();
            String lead = branch.indent() + (branch.last() ? style.corner() : style.tee());
            out.println(lead + branch.snapshot().map(this::brief).orElseGet(this::marker));
            branch.snapshot().ifPresent(snapshot -> {
                boolean here = tree.current().filter(snapshot.id()::equals).isPresent();
                String indent = branch.indent() + (branch.last() ? "    " : style.bar());
                push(open, tree.childrenOf(snapshot.id()), here, indent);
            });
        }
    }

    private void push(Deque<Branch> open, List<Snapshot> snapshots, boolean here, String indent) {
        if (here) {
            open.push(new Branch(Optional.empty(), indent, true));
        }
        for (int at = snapshots.size() - 1; at >= 0; at--) {
            boolean last = !here && at == snapshots.size() - 1;
            open.push(new Branch(Optional.of(snapshots.get(at)), indent, last));
        }
    }

    private String marker() {
        return style.good(style.marker() + " you are here");
    }

    private String brief(Snapshot snapshot) {
        StringBuilder line = new StringBuilder();
        line.append(style.bold(style.safe().line(snapshot.name(), NAME_COLUMNS)));
        line.append("  ").append(style.dim(shortId(tree, snapshot.id())));
        line.append("  ").append(Units.age(snapshot.createdAt(), clock));
        if (snapshot.ram()) {
            line.append("  RAM");
            snapshot.receipt().ifPresent(r -> line.append(' ').append(Units.bytes(r.ramBytes())));
        }
        usages.brief(snapshot.id())
                .map(brief -> usages.isNearlyFull(snapshot.id()) ? style.warning(brief) : brief)
                .ifPresent(brief -> line.append("  ").append(brief));
        if (snapshot.status() != Snapshot.Status.AVAILABLE) {
            line.append("  ").append(style.bad(status(snapshot)));
        }
        return line.toString();
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
