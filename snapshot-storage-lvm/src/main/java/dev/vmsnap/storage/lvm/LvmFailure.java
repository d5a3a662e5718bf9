package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads why one of LVM's commands failed. */
final class LvmFailure {
    private static final int LONGEST_TEXT = 700;

    /** How LVM 2.03 says what kind of failure it is, and what helps where that is not plain; the first that fits counts. */
    private static final List<Phrases> KNOWN = List.of(
            new Phrases(
                    Reason.NO_SPACE,
                    "",
                    "insufficient free space",
                    "insufficient suitable",
                    "insufficient free extents",
                    "not enough free",
                    "no free extents",
                    "reached threshold",
                    "unable to fit",
                    "no space left on device"),
            new Phrases(Reason.DENIED, "", "permission denied", "operation not permitted"),
            new Phrases(
                    Reason.UNREACHABLE,
                    "; start sanlock or dlm, lvmlockd and the group's lockspace on the node (vgchange --lockstart); if the"
                            + " lease was lost, end what uses the group there first (lvmlockctl --kill, --drop)",
                    "due to failed lock",
                    "lockspace",
                    "lock start in progress",
                    "global lock failed",
                    "for sanlock leases",
                    "lock manager",
                    "lvmlockd is running"),
            new Phrases(
                    Reason.IN_USE,
                    "; the node that holds the lock has to let go of it (deactivate the volume there); if it is dead, fence"
                            + " it and wait until its lease has run out",
                    "locked by other host",
                    "held by other host"),
            new Phrases(
                    Reason.IN_USE, "", "in use", "used by another device", "device or resource busy", "lock failed"),
            new Phrases(
                    Reason.UNREACHABLE,
                    "",
                    "volume group \"[^\"]*\" not found",
                    "cannot process volume group",
                    "cannot access vg",
                    "multiple vgs found",
                    "is exported"),
            new Phrases(Reason.MISSING, "", "failed to find logical volume", " not found in volume group"));

    private record Phrases(Reason reason, String help, Pattern phrases) {
        Phrases(Reason reason, String help, String... phrases) {
            this(reason, help, Pattern.compile(String.join("|", phrases)));
        }

        boolean fits(String text) {
            return phrases.matcher(text).find();
        }
    }

    private LvmFailure() {}

    /** The node lacks a program: {@code flock} ends with the first of these, {@code env} and shells with the second. */
    private static final List<Integer> NO_PROGRAM = List.of(69, 127);

    /**
     * Makes the exception for a command that ended with an error.
     *
     * @param what what was tried, for people
     * @param result how it ended
     * @return the exception to throw
     */
    static DriverException of(String what, Commands.Result result) {
        String said = told(result.errors());
        if (NO_PROGRAM.contains(result.exitCode())) {
            return of(
                    Reason.TOOL_MISSING,
                    "cannot " + what + ": the node lacks a program (" + said + "); install lvm2 and util-linux there");
        }
        String text = said.toLowerCase(Locale.ROOT);
        Optional<Phrases> known =
                KNOWN.stream().filter(phrases -> phrases.fits(text)).findFirst();
        return new DriverException(
                LvmStorage.ID,
                known.map(Phrases::reason).orElse(Reason.BROKEN),
                "cannot " + what + ": " + said + known.map(Phrases::help).orElse(""));
    }

    /**
     * Makes the exception for a group that the node does not show. Whatever LVM says, it is no proof that the group is gone.
     *
     * @param group the group
     * @param result how the report on it ended
     * @return the exception to throw, or to keep in a report
     */
    static DriverException unseen(String group, Commands.Result result) {
        Reason reason = of("report", result).reason();
        return of(
                reason == Reason.MISSING || reason == Reason.BROKEN ? Reason.UNREACHABLE : reason,
                "the node shows no volume group " + group + " (" + told(result.errors()) + ")");
    }

    static DriverException of(Reason reason, String message) {
        return new DriverException(LvmStorage.ID, reason, message);
    }

    /** What went wrong, without the warnings that LVM gives besides; fit to be shown. */
    static String told(String errors) {
        String failures = errors.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("WARNING:") && !line.startsWith("File descriptor"))
                .collect(Collectors.joining("; "));
        return shortened(failures.isEmpty() ? errors.strip().replace("\n", "; ") : failures);
    }

    private static String shortened(String said) {
        String line = said.codePoints()
                .map(point -> Character.isISOControl(point) ? '?' : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        if (line.isEmpty()) {
            return "no reason given";
        }
        return line.length() <= LONGEST_TEXT ? line : line.substring(0, LONGEST_TEXT) + "...";
    }
}
