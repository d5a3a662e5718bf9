package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Whether a path is there on a node.
 *
 * @param state the answer
 * @param why for {@link State#UNKNOWN} the reason
 */
record Presence(State state, String why) {
    // A file system that hangs holds up one question and no more.
    private static final String SCRIPT = "for path do said=$(timeout -s KILL 4 stat -L -c %F -- \"$path\" 2>&1)"
            + "; printf '%s %s\\n' $? \"$(printf %s \"$said\" | tr '\\n' ' ')\"; done";
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int KILLED = 137;
    private static final int NO_PROGRAM = 127;
    private static final int BYTES = 1 << 20;

    /** There, proved not to be there, or neither. */
    enum State {
        PRESENT,
        ABSENT,
        UNKNOWN
    }

    /** Asks for all paths in one command. */
    static Map<String, Presence> of(Collection<String> paths, Commands commands) {
        Map<String, Presence> found = new LinkedHashMap<>();
        List<String> asked = List.copyOf(paths);
        if (asked.isEmpty()) {
            return found;
        }
        List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh"));
        command.addAll(asked);
        Commands.Result result;
        try {
            result = commands.run(new Commands.Command(command, "", LIMIT, BYTES));
        } catch (DriverException e) {
            if (e.reason() != Reason.TIMEOUT) {
                throw e;
            }
            asked.forEach(path -> found.put(path, unknown("no answer within " + LIMIT.toSeconds() + " s")));
            return found;
        }
        List<String> lines = result.output().lines().toList();
        for (int i = 0; i < asked.size(); i++) {
            found.put(asked.get(i), i < lines.size() ? parsed(lines.get(i)) : unknown("the node gave no answer"));
        }
        return found;
    }

    /** One of the answers; nobody has asked for a path that is not among them. */
    static Presence at(String path, Map<String, Presence> found) {
        return found.getOrDefault(path, unknown("nobody has asked"));
    }

    private static Presence parsed(String line) {
        int space = line.indexOf(' ');
        String code = space < 0 ? line : line.substring(0, space);
        String said = space < 0 ? "" : line.substring(space + 1).strip();
        if (code.equals("0")) {
            return new Presence(State.PRESENT, "");
        }
        if (code.equals("" + KILLED)) {
            return unknown("its file system does not answer");
        }
        if (code.equals("" + NO_PROGRAM)) {
            return unknown("the node lacks stat or timeout (package coreutils)");
        }
        String text = said.toLowerCase(Locale.ROOT);
        boolean absent = text.endsWith("no such file or directory") || text.endsWith("not a directory");
        return absent ? new Presence(State.ABSENT, "") : unknown(said);
    }

    private static Presence unknown(String why) {
        return new Presence(State.UNKNOWN, why);
    }
}
