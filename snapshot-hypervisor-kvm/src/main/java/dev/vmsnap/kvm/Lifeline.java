package dev.vmsnap.kvm;

import java.util.ArrayList;
import java.util.List;

/**
 * Ties a program to whoever waits for it: it runs below a shell that kills it, with all that it has started, once the
 * shell's standard input ends. That happens when it is no longer wanted, when the process that waits has died, and when the
 * connection between them is gone. A closed channel alone would be noticed by a program that prints.
 */
final class Lifeline {
    // The input goes through a file, so that nothing but the end of it all is left to be waited for: some shells wait
    // for
    // all processes of a job.
    private static final String SCRIPT = """
            exec 3<&0 4</dev/null
            if [ "$1" -gt 0 ]; then
                file=$(mktemp) || exit 1
                head -c "$1" >"$file"
                exec 4<"$file"
                rm -f -- "$file"
            fi
            shift
            over= pid=
            end() {
                over=1
                [ -z "$pid" ] || kill -s KILL -- "$pid" "-$pid" 2>/dev/null
            }
            trap end USR1 HUP INT TERM
            { while read -r line; do :; done; kill -s USR1 "$$"; } <&3 >/dev/null 2>&1 4<&- &
            watch=$!
            setsid -- "$@" <&4 3<&- 4<&- &
            pid=$!
            [ -z "$over" ] || end
            wait "$pid"
            code=$?
            [ -z "$over" ] || wait "$pid"
            kill "$watch" 2>/dev/null
            exit "$code"
            """;

    private Lifeline() {}

    /**
     * Returns the command that runs another one in this way.
     *
     * @param arguments the other one
     * @param inputBytes how much of the standard input is the other one's
     * @return the program and its arguments
     */
    static List<String> of(List<String> arguments, int inputBytes) {
        List<String> tied = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", Integer.toString(inputBytes)));
        tied.addAll(arguments);
        return tied;
    }
}
