package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is said of a snapshot. */
final class LabelOptions {
    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Its name; a new snapshot without one is called after date and time.")
    private @Nullable String name;

    @Option(names = "--comment", paramLabel = "TEXT", description = "A comment; may have several lines.")
    private @Nullable String comment;

    @Option(
            names = "--tag",
            paramLabel = "KEY=VALUE",
            converter = Pair.Reader.class,
            description = "A tag of your own; repeat it for more.")
    private List<Pair> tags = List.of();

    @Option(
            names = "--expires",
            paramLabel = "WHEN",
            converter = Expiry.Reader.class,
            description =
                    "From when on delete-expired deletes it: after 7d, 12h or PT1H from now, or at an ISO 8601 instant.")
    private @Nullable Expiry expires;

    boolean any() {
        return name != null || comment != null || !tags.isEmpty() || expires != null;
    }

    boolean expires() {
        return expires != null;
    }

    Map<String, String> tags() {
        return Pair.map("--tag", tags);
    }

    /** What was said before with these options on top. */
    Snapshot.Labels on(Snapshot.Labels before, Clock clock) {
        Map<String, String> all = new HashMap<>(before.tags());
        all.putAll(tags());
        Snapshot.Labels labels = before.tags(all);
        if (name != null) {
            labels = labels.name(name);
        }
        if (comment != null) {
            labels = labels.comment(comment);
        }
        return expires == null ? labels : labels.expiresAt(Optional.of(expires.after(clock)));
    }
}
