package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** Selects the snapshots of a list: those that meet every condition. */
final class ListFilter {
    @Option(
            names = "--tag",
            paramLabel = "KEY[=VALUE]",
            description = "Only snapshots with this tag, of any value if none is named; repeat it for more.")
    private List<String> tags = new ArrayList<>();

    @Option(
            names = "--status",
            paramLabel = "STATUS",
            converter = StatusReader.class,
            completionCandidates = Statuses.class,
            description = "Only snapshots of this status: ${COMPLETION-CANDIDATES}.")
    private Snapshot.@Nullable Status status;

    @Option(
            names = "--older",
            paramLabel = "TIME",
            converter = Expiry.Reader.class,
            description = "Only snapshots created longer ago than 7d, 12h or PT1H, or before an instant.")
    private @Nullable Expiry older;

    Inventory of(Inventory all, Clock clock) {
        return all.only(snapshot -> isWanted(snapshot, clock));
    }

    private boolean isWanted(Snapshot snapshot, Clock clock) {
        return tags.stream().allMatch(tag -> has(snapshot, tag))
                && (status == null || snapshot.status() == status)
                && (older == null || snapshot.createdAt().isBefore(older.before(clock)));
    }

    /** A key may hold an equals sign, so the whole text can be one too. */
    private static boolean has(Snapshot snapshot, String tag) {
        return snapshot.labels().tags().entrySet().stream()
                .anyMatch(one -> tag.equals(one.getKey()) || tag.equals(one.getKey() + "=" + one.getValue()));
    }

    /** The words for a status. */
    static final class Statuses extends Choices {
        Statuses() {
            super(Snapshot.Status.values());
        }
    }

    /** Reads a status. */
    static final class StatusReader implements ITypeConverter<Snapshot.Status> {
        @Override
        public Snapshot.Status convert(String word) {
            return Choices.constant(Snapshot.Status.values(), word);
        }
    }
}
