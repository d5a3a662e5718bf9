package dev.vmsnap.cli;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotSettings.Level;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Prints settings: those in force for a VM, or what a template says. */
final class SettingsSheet {
    private final Style style;
    private final PrintStream out;

    SettingsSheet(Style style, PrintStream out) {
        this.style = style;
        this.out = out;
    }

    void print(Vm vm, Explanation settings, boolean explain) {
        SnapshotSettings values = settings.settings();
        out.println(style.bold(style.safe(vm.name())));
        line("users work with snapshots", yes(values.allowUsers()), by(explain, settings.allowUsers()));
        line("users restore snapshots", yes(values.allowRestore()), by(explain, settings.allowRestore()));
        line("RAM may be saved", yes(values.allowRam()), by(explain, settings.allowRam()));
        line("limit of snapshots", Integer.toString(values.limit()), by(explain, settings.limit()));
        line("quota of snapshots", quota(values.quotaBytes()), by(explain, settings.quotaBytes()));
        line("template", settings.template().map(style::safe).orElse("none"), "");
    }

    void print(SettingsTemplate template) {
        SettingsChoice choice = template.choice();
        out.println(style.bold(style.safe(template.name())));
        line("users work with snapshots", said(choice.allowUsers(), SettingsSheet::yes), "");
        line("users restore snapshots", said(choice.allowRestore(), SettingsSheet::yes), "");
        line("RAM may be saved", said(choice.allowRam(), SettingsSheet::yes), "");
        line("limit of snapshots", said(choice.limit(), String::valueOf), "");
        line("quota of snapshots", said(choice.quotaBytes(), SettingsSheet::quota), "");
    }

    private void line(String what, String value, String by) {
        String shown = by.isEmpty() ? value : String.format(Locale.ROOT, "%-8s", value);
        out.println(String.format(Locale.ROOT, "  %-26s", what + ":") + " " + shown + style.dim(by));
    }

    private static String by(boolean explain, Level level) {
        if (!explain) {
            return "";
        }
        return switch (level) {
            case DEFAULT -> "  (decided by: the default)";
            case TEMPLATE -> "  (decided by: the template)";
            case VM -> "  (decided by: the VM)";
        };
    }

    private static <T> String said(Optional<T> value, Function<T, String> words) {
        return value.map(words).orElse("left open");
    }

    private static String yes(boolean value) {
        return value ? "yes" : "no";
    }

    private static String quota(long bytes) {
        return bytes == SnapshotSettings.NO_QUOTA ? ByteCount.NONE : Units.bytes(bytes);
    }
}
