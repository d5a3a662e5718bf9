package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Processes on the node that thaw guests which nobody else has thawed in time: one for each freeze. It knows by a file of
 * its own whether it is still needed, so that it never thaws a later freeze: {@code ID.armed} while it waits, which whoever
 * has thawed the guest removes, and {@code ID.thawing} from the moment at which it begins to thaw until it has done so.
 * As long as it lives it has that file locked.
 */
final class ThawGuards {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int NO_PROGRAM = 3;
    private static final int STILL_THAWING = 4;
    private static final int NO_ANSWER = 5;
    private static final String NAME = "vmsnap-thaw";

    // As libvirt prints it: virsh takes anything else for a name or a number too.
    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** Where the files of a VM are; {@code $1} is a place for them, usually empty, {@code $2} the VM. */
    private static final String PLACE = """
            umask 077
            cd /
            me=$(id -u)
            place=$1
            [ -n "$place" ] || if [ "$me" = 0 ]; then place=/run/vmsnap-thaw; else place=/tmp/vmsnap-thaw.$me; fi
            vm=$2
            """;

    /** Waits and thaws the guest. It inherits the ignored signals of the shell that starts it. */
    private static final String GUARD = """
            left=$2
            while [ "$left" -gt 0 ] && [ -e "$1.armed" ]; do
                sleep 1
                left=$((left - 1))
            done
            mv "$1.armed" "$1.thawing" 2>/dev/null
            [ -e "$1.thawing" ] || exit 0
            tries=0
            until timeout -s KILL 60 virsh -q -c "$4" qemu-agent-command "$3" '{"execute": "guest-fsfreeze-thaw"}' --timeout 5; do
                if active=$(timeout -s KILL 60 virsh -q -c "$4" list --uuid); then
                    case $active in *"$3"*) ;; *) break ;; esac
                fi
                tries=$((tries + 1))
                [ "$tries" -lt 40000 ] || break
                sleep 2
            done
            rm -f "$1.thawing"
            """;

    private static final String ARM = PLACE + """
            id=$3 guard=$4 after=$5 patience=$6 uri=$7
            for program in virsh setsid flock timeout mv rm sleep; do
                command -v "$program" >/dev/null || { echo "no program $program" >&2; exit 3; }
            done
            timeout -s KILL "$patience" virsh -q -c "$uri" domid "$vm" >/dev/null || { [ $? -lt 124 ] && exit 1; exit 5; }
            for old in "$place.$vm".*.armed; do
                [ ! -O "$old" ] || rm -f "$old"
            done
            for old in "$place.$vm".*.thawing; do
                [ -O "$old" ] || continue
                flock -w "$patience" "$old" true || exit 4
                rm -f "$old"
            done
            set -C
            exec 9>"$place.$vm.$id.armed"
            flock -n 9 || exit 1
            trap '' HUP INT TERM
            setsid sh -c "$guard" vmsnap-thaw "$place.$vm.$id" "$after" "$vm" "$uri" </dev/null >/dev/null 2>&1 &
            """;

    private static final String DISARM = PLACE + """
            for guard in "$place.$vm".*.armed; do
                [ ! -O "$guard" ] || rm -f "$guard"
            done
            """;

    private static final String HASTEN = PLACE + """
            for guard in "$place.$vm".*.armed; do
                [ ! -O "$guard" ] || mv "$guard" "${guard%.armed}.thawing"
            done
            """;

    private static final String LIST = PLACE + """
            for guard in "$place.$vm".*; do
                [ ! -O "$guard" ] || echo "$guard"
            done
            """;

    private final Commands commands;
    private final String uri;
    private final String place;

    /**
     * Guards on a node.
     *
     * @param commands runs commands there
     * @param uri libvirt's daemon as programs there reach it
     */
    ThawGuards(Commands commands, String uri) {
        this(commands, uri, "");
    }

    /** With the beginning of the names of all files; empty for the usual place. */
    ThawGuards(Commands commands, String uri, String place) {
        this.commands = commands;
        this.uri = uri;
        this.place = place;
    }

    /**
     * Starts a guard, and ends those of earlier freezes.
     *
     * @param after when it thaws
     * @param patience how long starting it may take
     */
    void arm(VmId vm, Duration after, Duration patience) {
        // It waits twice, and has to end before it is given up here: what starts later would have no freeze to guard.
        String seconds = String.format(Locale.ROOT, "%.3f", patience.toMillis() * 0.4 / 1000);
        String id = UUID.randomUUID().toString();
        Result result = run(ARM, vm, patience, id, GUARD, String.valueOf(after.toSeconds()), seconds, uri);
        if (result.exitCode() == NO_PROGRAM) {
            throw failure(Reason.TOOL_MISSING, vm, result.errors());
        }
        if (result.exitCode() == STILL_THAWING) {
            throw failure(Reason.TIMEOUT, vm, "an earlier freeze is still being thawed");
        }
        if (result.exitCode() == NO_ANSWER) {
            throw failure(Reason.TIMEOUT, vm, "virsh has no answer from libvirt there");
        }
        if (!result.succeeded()) {
            throw failure(Reason.BROKEN, vm, result.errors());
        }
    }

    /** Lets the guards of a VM that was thawed end; one that is thawing already ends by itself. */
    void disarm(VmId vm) {
        require(vm, run(DISARM, vm, PATIENCE));
    }

    /** Has the guards of a VM thaw now. */
    void hasten(VmId vm) {
        require(vm, run(HASTEN, vm, PATIENCE));
    }

    /** Whether a VM has any guard: without one nothing of ours is frozen. */
    boolean any(VmId vm) {
        Result result = run(LIST, vm, PATIENCE);
        require(vm, result);
        return !result.output().isBlank();
    }

    private static void require(VmId vm, Result result) {
        if (!result.succeeded()) {
            throw failure(Reason.BROKEN, vm, result.errors());
        }
    }

    private Result run(String script, VmId vm, Duration limit, String... more) {
        if (!UUID_FORM.matcher(vm.value()).matches()) {
            throw Failures.of(Reason.MISSING, "no VM " + vm);
        }
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", script, NAME, place, vm.value()));
        arguments.addAll(List.of(more));
        return commands.run(Command.of(arguments.toArray(String[]::new)).within(limit));
    }

    private static RuntimeException failure(Reason reason, VmId vm, String why) {
        return Failures.of(reason, "the node cannot thaw VM " + vm + " by itself: " + why);
    }
}
