package dev.vmsnap.cli;

import dev.vmsnap.SnapshotSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What snapshot to take. */
final class SpecOptions {
    @Option(names = "--name", paramLabel = "NAME", description = "Its name; date and time when there is none.")
    private String name = "";

    @Option(names = "--comment", paramLabel = "TEXT", description = "A comment; may have several lines.")
    private String comment = "";

    @Option(names = "--ram", description = "Save the guest's RAM too.")
    private boolean ram;

    @Option(
            names = "--quiesce",
            paramLabel = "POLICY",
            description = "Freeze the guest's file systems for the cut: require, prefer, or never (the default).",
            completionCandidates = Policies.class)
    private SnapshotSpec.@Nullable Quiesce quiesce;

    SnapshotSpec spec() {
        SnapshotSpec spec = SnapshotSpec.named(name)
                .comment(comment)
                .quiesce(quiesce == null ? SnapshotSpec.Quiesce.NEVER : quiesce);
        return ram ? spec.withRam() : spec;
    }

    /** The policies as people write them. */
    static final class Policies extends Choices {
        Policies() {
            super(SnapshotSpec.Quiesce.values());
        }
    }
}
