package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Prints what would be done: the steps, the space, the disks, and what the guest will feel. */
final class Outlook {
    private final Style style;

    Outlook(Style style) {
        this.style = style;
    }

    /**
     * Prints a plan that is allowed.
     *
     * @param out where to
     * @param plan the plan
     * @param back the disks that it would bring back
     */
    void print(PrintStream out, Plan plan, List<Volume> back) {
        int at = 0;
        for (Plan.Step step : plan.steps()) {
            if (plan.pointOfNoReturn().isPresent() && plan.pointOfNoReturn().getAsInt() == at) {
                out.println(style.warning("     -- point of no return: from here it only goes forward --"));
            }
            at++;
            String label = String.format(Locale.ROOT, "%3d. %s", at, style.safe(step.label()));
            String undo = step.undo().map(u -> "(undo: " + style.safe(u) + ")").orElse("");
            boolean fits = Printable.width(label) + 2 + Printable.width(undo) <= style.columns();
            String gap = fits ? "  " : System.lineSeparator() + "     ";
            out.println(undo.isEmpty() ? label : label + gap + style.dim(undo));
        }
        plan.bytesNeeded().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(e -> out.println("space:  " + space(e.getValue()) + " on " + style.safe(e.getKey())));
        WayBack.of(back).forEach(way -> out.println(style.paragraph(0, "disks: ", style::plain, way)));
        if (plan.intent() instanceof Intent.Clone clone) {
            new TreeMap<>(clone.destinations())
                    .forEach((disk, place) -> out.println("copy:   " + style.safe(disk) + " to " + style.safe(place)));
        }
        if (plan.intent() instanceof Intent.Migrate migrate) {
            new TreeMap<>(migrate.sources())
                    .forEach((disk, place) ->
                            out.println("disk:   " + style.safe(disk) + " is " + style.safe(place) + " there"));
        }
        out.println(style.paragraph(0, "guest: ", style::plain, pause(plan.pause())));
    }

    private static String space(long bytes) {
        return bytes == 0 ? "nothing at once" : "at most " + Units.bytes(bytes);
    }

    private static String pause(Plan.Pause pause) {
        return switch (pause) {
            case NONE -> "feels nothing";
            case METADATA -> "is held while the disks are snapshotted: milliseconds in images, one command on LVM";
            case WHOLE_RAM -> "is held while its RAM is written";
            case RESTART -> "is stopped and brought back";
        };
    }
}
