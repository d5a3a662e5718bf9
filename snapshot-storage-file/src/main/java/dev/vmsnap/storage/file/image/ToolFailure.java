package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.util.List;

/** Reads why one of QEMU's tools failed. */
final class ToolFailure {
    private static final int LONGEST_TEXT = 500;
    private static final int NO_RIGHTS_TO_RUN = 126;
    private static final int NO_SUCH_COMMAND = 127;

    private ToolFailure() {}

    /**
     * Makes the exception for a tool that ended with an error.
     *
     * @param what what was tried, for people
     * @param node the image
     * @param result how the tool ended
     * @return the exception to throw
     */
    static DriverException of(String what, ImageNode node, Commands.Result result) {
        return of(what, node, List.of(), result);
    }

    /**
     * Makes the exception for a tool that worked with other files too and ended with an error.
     *
     * @param what what was tried, for people
     * @param node the image
     * @param others how the other files were named to it
     * @param result how the tool ended
     * @return the exception to throw
     */
    static DriverException of(String what, ImageNode node, List<String> others, Commands.Result result) {
        // A path may hold any of the phrases below, so it must not take part in the search.
        String said = result.errors();
        for (String name : others) {
            said = said.replace(name, "other");
        }
        said = said.replace(node.qcow2(), "image").replace(node.raw(), "image").replace(node.path(), "image");
        boolean absent = result.exitCode() == NO_SUCH_COMMAND || result.exitCode() == NO_RIGHTS_TO_RUN;
        return new DriverException(
                ImageVolumes.DRIVER,
                absent ? Reason.TOOL_MISSING : reason(said),
                what + " " + printable(node.path()) + ": " + shortened(said));
    }

    /** Replaces what a terminal or log could take for something else. */
    static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(point -> clean.appendCodePoint(Character.isISOControl(point) ? '?' : point));
        return clean.toString();
    }

    private static Reason reason(String said) {
        if (said.contains("Is another process using the") || said.contains("\" lock")) {
            return Reason.IN_USE;
        }
        if (said.contains("No space left on device") || said.contains("Disk quota exceeded")) {
            return Reason.NO_SPACE;
        }
        if (said.contains("No such file or directory") || said.contains("Not a directory")) {
            return Reason.MISSING;
        }
        if (said.contains("Permission denied")
                || said.contains("Operation not permitted")
                || said.contains("Read-only file system")) {
            return Reason.DENIED;
        }
        return Reason.BROKEN;
    }

    static String shortened(String said) {
        String line = printable(said.strip().replace("\n", "; "));
        if (line.isEmpty()) {
            return "no reason given";
        }
        return line.length() <= LONGEST_TEXT ? line : line.substring(0, LONGEST_TEXT) + "...";
    }
}
