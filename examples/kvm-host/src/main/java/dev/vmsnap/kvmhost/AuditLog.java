package dev.vmsnap.kvmhost;

import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotId;
import java.io.PrintStream;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** One line for everything that happened to a snapshot: when, who, which VM, what, how it ended. Thread-safe. */
final class AuditLog implements Consumer<SnapshotEvent> {
    private final PrintStream lines;

    AuditLog(PrintStream lines) {
        this.lines = lines;
    }

    @Override
    public void accept(SnapshotEvent event) {
        if (event.phase() == SnapshotEvent.Phase.STEP) {
            return;
        }
        String snapshots = event.snapshots().stream().map(SnapshotId::value).collect(Collectors.joining(","));
        String line = String.join(
                " | ",
                event.at().toString(),
                event.actor().role() + " " + event.actor().name(),
                event.vm().value(),
                event.verb() + " " + event.phase(),
                snapshots,
                event.detail());
        // A message may quote what a tool printed; it must not look like a line of ours.
        lines.println(line.replaceAll("\\p{Cntrl}", " "));
    }
}
