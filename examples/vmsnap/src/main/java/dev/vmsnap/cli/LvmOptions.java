package dev.vmsnap.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** In which volume groups snapshots are made. */
final class LvmOptions {
    @Option(
            names = "--lvm",
            paramLabel = "VG",
            scope = ScopeType.INHERIT,
            description = "A volume group that one node sees, whose volumes are disks; repeat it for more.")
    private List<String> local = new ArrayList<>();

    @Option(
            names = "--shared-lvm",
            paramLabel = "VG",
            scope = ScopeType.INHERIT,
            description = "A volume group that the nodes share through lvmlockd; repeat it for more.")
    private List<String> shared = new ArrayList<>();

    @Option(
            names = "--lvm-snapshot-size",
            paramLabel = "PERCENT",
            converter = Percent.class,
            scope = ScopeType.INHERIT,
            description = "Room of a thick snapshot, of its volume, such as 20%%; 100%%: it can never overflow.")
    private @Nullable Integer percent;

    void complete(Defaults defaults) {
        local = local.isEmpty() ? defaults.all(Preference.LVM) : local;
        shared = shared.isEmpty() ? defaults.all(Preference.SHARED_LVM) : shared;
        percent = percent != null
                ? percent
                : defaults.one(Preference.LVM_SNAPSHOT_SIZE, text -> new Percent().convert(text))
                        .orElse(null);
    }

    List<String> local() {
        return local;
    }

    List<String> shared() {
        return shared;
    }

    OptionalInt percent() {
        return percent == null ? OptionalInt.empty() : OptionalInt.of(percent);
    }

    /** Reads a percentage, with or without its sign. */
    static final class Percent implements ITypeConverter<Integer> {
        private static final int MOST = 100;

        @Override
        public Integer convert(String text) {
            String digits = text.endsWith("%") ? text.substring(0, text.length() - 1) : text;
            if (!digits.matches("[0-9]{1,3}") || Integer.parseInt(digits) < 1 || Integer.parseInt(digits) > MOST) {
                throw new TypeConversionException("'" + text + "' is not 1% to 100%");
            }
            return Integer.valueOf(digits);
        }
    }
}
