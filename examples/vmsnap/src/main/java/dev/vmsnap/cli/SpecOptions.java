package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import java.time.Clock;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What snapshot to take. */
final class SpecOptions {
    @Mixin
    private LabelOptions labels = new LabelOptions();

    @Option(names = "--ram", description = "Save the guest's RAM too.")
    private boolean ram;

    @Option(
            names = "--quiesce",
            paramLabel = "POLICY",
            converter = PolicyName.class,
            completionCandidates = Policies.class,
            description = "Freeze the guest's file systems for the cut: require, prefer, or never (the default).")
    private SnapshotSpec.Quiesce quiesce = SnapshotSpec.Quiesce.NEVER;

    @Option(
            names = "--exclude",
            paramLabel = "DISK",
            split = ",",
            description = "A disk to leave out, such as vdb; a restore leaves it as it is then. Not with --ram.")
    private List<String> excluded = List.of();

    LabelOptions labels() {
        return labels;
    }

    SnapshotSpec spec(Clock clock) {
        SnapshotSpec spec = SnapshotSpec.labelled(labels.on(Snapshot.Labels.named(""), clock))
                .quiesce(quiesce)
                .excluding(excluded.stream().distinct().toArray(String[]::new));
        return ram ? spec.withRam() : spec;
    }

    /** The policies as people write them. */
    static final class Policies extends Choices {
        Policies() {
            super(SnapshotSpec.Quiesce.values());
        }
    }

    /** Reads a policy. */
    static final class PolicyName implements ITypeConverter<SnapshotSpec.Quiesce> {
        @Override
        public SnapshotSpec.Quiesce convert(String word) {
            return Choices.constant(SnapshotSpec.Quiesce.values(), word);
        }
    }
}
