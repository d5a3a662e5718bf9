package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What is no longer said of a snapshot. */
final class RetractOptions {
    @Option(names = "--untag", paramLabel = "KEY", description = "Take this tag away; repeat it for more.")
    private List<String> untagged = List.of();

    @Option(names = "--never-expires", description = "Take the expiry away.")
    private boolean never;

    boolean any() {
        return never || !untagged.isEmpty();
    }

    /** What was said before without that, and with what is said now. */
    Snapshot.Labels changed(Snapshot.Labels before, LabelOptions said, Clock clock) {
        if (never && said.expires()) {
            throw new UsageException("--expires and --never-expires exclude each other.");
        }
        for (String key : untagged) {
            if (said.tags().containsKey(key)) {
                throw new UsageException("--tag and --untag exclude each other, and both name '" + key + "'.");
            }
        }
        Map<String, String> kept = new HashMap<>(before.tags());
        untagged.forEach(kept::remove);
        Snapshot.Labels after = said.on(before.tags(kept), clock);
        return never ? after.expiresAt(Optional.empty()) : after;
    }
}
