package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Changes the defaults of a restore. */
final class RestoreChoices {
    @Mixin
    private DriftOptions drift = new DriftOptions();

    @Option(
            names = "--power",
            paramLabel = "STATE",
            converter = StateName.class,
            completionCandidates = States.class,
            description = "The power state to end in: ${COMPLETION-CANDIDATES}. With off the RAM of a snapshot is not"
                    + " loaded.")
    private Intent.PowerAfter power = Intent.PowerAfter.AS_IT_WAS;

    @Option(
            names = "--drop-bitmaps",
            description = "Drop dirty bitmaps, with which no disk goes back; the next backup must be a full one.")
    private boolean drop;

    boolean any() {
        return drift.any() || drop || power != Intent.PowerAfter.AS_IT_WAS;
    }

    Intent.RestoreOptions options() {
        return new Intent.RestoreOptions(drift.drift(), power, drop);
    }

    /** The power states as people write them. */
    static final class States extends Choices {
        States() {
            super(Intent.PowerAfter.values());
        }
    }

    /** Reads a power state. */
    static final class StateName implements ITypeConverter<Intent.PowerAfter> {
        @Override
        public Intent.PowerAfter convert(String word) {
            return Choices.constant(Intent.PowerAfter.values(), word);
        }
    }
}
