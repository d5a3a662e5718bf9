package dev.vmsnap.cli;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SnapshotSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a VM or a template says about settings. */
final class ChoiceOptions {
    @Option(
            names = "--allow-users",
            arity = "1",
            paramLabel = "BOOL",
            converter = Truth.class,
            description = "Whether users work with snapshots: true or false.")
    private @Nullable Boolean allowUsers;

    @Option(
            names = "--allow-restore",
            arity = "1",
            paramLabel = "BOOL",
            converter = Truth.class,
            description = "Whether users who work with snapshots restore them too: true or false.")
    private @Nullable Boolean allowRestore;

    @Option(
            names = "--allow-ram",
            arity = "1",
            paramLabel = "BOOL",
            converter = Truth.class,
            description = "Whether RAM may be saved: true or false.")
    private @Nullable Boolean allowRam;

    @Option(names = "--limit", paramLabel = "N", description = "How many snapshots there may be, 0 to 1000.")
    private @Nullable Integer limit;

    @Option(
            names = "--quota",
            paramLabel = "SIZE",
            converter = ByteCount.Quota.class,
            description =
                    "How much the snapshots of a VM may take together: bytes, 500M, 10G, 2T, or none for any amount.")
    private @Nullable Long quota;

    @Option(names = "--reset", description = "Forget first what was said before.")
    private boolean reset;

    boolean any() {
        return reset
                || allowUsers != null
                || allowRestore != null
                || allowRam != null
                || limit != null
                || quota != null;
    }

    /** What was said before with these options on top. */
    SettingsChoice on(SettingsChoice before) {
        SettingsChoice choice = reset ? SettingsChoice.open() : before;
        if (allowUsers != null) {
            choice = choice.allowUsers(allowUsers);
        }
        if (allowRestore != null) {
            choice = choice.allowRestore(allowRestore);
        }
        if (limit != null) {
            if (limit < 0 || limit > SnapshotSettings.HIGHEST_LIMIT) {
                throw new UsageException("--limit is 0 to " + SnapshotSettings.HIGHEST_LIMIT + ".");
            }
            choice = choice.limit(limit);
        }
        if (quota != null) {
            choice = choice.quotaBytes(quota);
        }
        return allowRam != null ? choice.allowRam(allowRam) : choice;
    }

    /** Reads a truth value, and nothing else as false. */
    static final class Truth implements ITypeConverter<Boolean> {
        @Override
        public Boolean convert(String value) {
            return switch (value) {
                case "true", "yes", "on" -> true;
                case "false", "no", "off" -> false;
                default -> throw new TypeConversionException("'" + value + "' is neither true nor false");
            };
        }
    }
}
