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
import java.util.stream.Collectors;

/**
 * Processes on the node that relieve guests which nobody else has relieved in time: one for each freeze or hold. A guard
 * knows by a file of its own whether it is still needed, so that it never relieves a guest of somebody else: {@code
 * ID.armed} while it waits, which the process that relieves the guest removes, and {@code ID.acting} from the moment at
 * which it begins to act until it has done so. As long as it lives it has that file locked. A guard of a hold also leaves
 * {@code ID.fired} when it has acted, and {@code ID.released} when it has seen that somebody else let the guest run. These
 * traces go when a manager has seen them; if it sees them while the guard still acts, {@code ID.acting} becomes {@code
 * ID.seen}, and the guard removes them at its end. A later guard removes all that earlier ones of its VM have left, and
 * those of VMs that the node has no more: so there is never more than one guard's for each VM.
 */
final class NodeGuards {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ANY = "*";
    private static final int NO_PROGRAM = 3;
    private static final int STILL_ACTING = 4;
    private static final int NO_ANSWER = 5;

    // As libvirt prints it: virsh takes anything else for a name or a number too.
    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** Where the files of a VM are; {@code $1} is a place for them, usually empty, {@code $2} their name, {@code $3} the VM. */
    private static final String PLACE = """
            umask 077
            cd /
            me=$(id -u)
            place=$1
            [ -n "$place" ] || if [ "$me" = 0 ]; then place=/run/$2; else place=/tmp/$2.$me; fi
            vm=$3
            """;

    /**
     * Waits and relieves the guest. {@code $4} is the number of this run of the VM, {@code $6} has commands for QEMU, one a
     * line. It inherits the ignored signals of the shell that starts it.
     */
    private static final String GUARD = """
            base=$1 vm=$3 run=$4 uri=$5 before=$6
            export LC_ALL=C
            seconds() { read -r up rest </proc/uptime; echo "${up%%.*}"; }
            ask() { timeout -s KILL 60 virsh -q -c "$uri" "$@"; }
            needed() { :; }
            fired() { :; }
            """;

    private static final String WAIT = """
            end=$(($(seconds) + $2))
            while [ "$(seconds)" -lt "$end" ] && [ -e "$base.armed" ]; do
                sleep 1
                needed
            done
            mv "$base.armed" "$base.acting" 2>/dev/null
            [ -e "$base.acting" ] || [ -e "$base.seen" ] || { rm -f "$base.released"; exit 0; }
            fired
            tries=0
            until relieve; do
                if active=$(ask list --uuid); then
                    case $active in *"$vm"*) ;; *) break ;; esac
                fi
                tries=$((tries + 1))
                [ "$tries" -lt 40000 ] || break
                sleep 2
            done
            rm -f "$base.acting"
            [ ! -e "$base.seen" ] || rm -f "$base.fired" "$base.seen"
            """;

    /** Has the agent thaw the guest. */
    private static final String THAW = """
            relieve() { ask qemu-agent-command "$vm" '{"execute": "guest-fsfreeze-thaw"}' --timeout 5; }
            """;

    /**
     * Has the guest run on, if it is the one that was held: the same run of the VM, paused on demand, and not seen running
     * since. A save of its RAM is given up first. If libvirt cannot let it go, QEMU does.
     */
    private static final String RELEASE = """
            state() { timeout -s KILL 10 virsh -q -c "$uri" "domid $vm; domstate $vm --reason"; }
            held=
            released=
            needed() {
                now=$(state) || return 0
                case $(echo $now) in
                    "$run paused (user)") held=yes ;;
                    "$run running"*) [ -z "$held" ] || { released=yes; : >"$base.released"; } ;;
                    "$run "*) ;;
                    *) released=yes ;;
                esac
                return 0
            }
            fired() { : >"$base.fired"; rm -f "$base.released"; }
            relieve() {
                [ -z "$released" ] || return 0
                now=$(state) || return 1
                [ "$(echo $now)" = "$run paused (user)" ] || return 0
                case $(ask domjobinfo "$vm") in *Snapshot*) ask domjobabort "$vm" ;; esac
                printf '%s\\n' "$before" | while read -r command; do
                    [ -z "$command" ] || ask qemu-monitor-command "$vm" "$command" </dev/null
                done
                ask resume "$vm" || { [ "$tries" -gt 4 ] && ask qemu-monitor-command "$vm" '{"execute": "cont"}'; } || return 1
                if [ "$(ask migrate-getmaxdowntime "$vm")" = TINY ]; then ask migrate-setmaxdowntime "$vm" USUAL; fi
                return 0
            }
            """.replace("TINY", String.valueOf(Listening.OURS_MILLIS))
            .replace("USUAL", String.valueOf(Listening.USUAL_MILLIS));

    private static final String ARM = PLACE + """
            id=$4 guard=$5 after=$6 patience=$7 uri=$8 before=$9 kind=$2
            for program in virsh setsid flock timeout mv rm sleep; do
                command -v "$program" >/dev/null || { echo "no program $program" >&2; exit 3; }
            done
            run=$(timeout -s KILL "$patience" virsh -q -c "$uri" domid "$vm") || { [ $? -lt 124 ] && exit 1; exit 5; }
            for old in "$place.$vm".*.armed "$place.$vm".*.fired "$place.$vm".*.released; do
                [ ! -O "$old" ] || rm -f "$old"
            done
            for old in "$place.$vm".*.acting "$place.$vm".*.seen; do
                [ -O "$old" ] || continue
                flock -w "$patience" "$old" true || exit 4
                rm -f "$old" "${old%.*}.fired"
            done
            known=
            for old in "$place".*; do
                [ -O "$old" ] || continue
                owner=${old#"$place."} owner=${owner%%.*}
                [ "$owner" != "$vm" ] || continue
                [ -n "$known" ] || known=$(timeout -s KILL "$patience" virsh -q -c "$uri" list --all --uuid) || break
                case $known in *"$owner"*) ;; *) ! flock -n "$old" true || rm -f "$old" ;; esac
            done
            set -C
            exec 9>"$place.$vm.$id.armed"
            flock -n 9 || exit 1
            trap '' HUP INT TERM
            setsid sh -c "$guard" "$kind" "$place.$vm.$id" "$after" "$vm" "$(echo $run)" "$uri" "$before" </dev/null >/dev/null 2>&1 &
            """;

    private static final String DISARM = PLACE + """
            for guard in "$place.$vm".$4.*; do
                [ -O "$guard" ] || continue
                case $guard in
                    *.armed) echo waited; rm -f "$guard" ;;
                    *.acting) echo acted; mv "$guard" "${guard%.acting}.seen" 2>/dev/null || rm -f "${guard%.acting}.fired" ;;
                    *.seen) echo acted ;;
                    *.fired) echo acted; rm -f "$guard" ;;
                    *.released) rm -f "$guard" ;;
                esac
            done
            """;

    private static final String HASTEN = PLACE + """
            for guard in "$place.$vm".*.armed; do
                [ ! -O "$guard" ] || mv "$guard" "${guard%.armed}.acting"
            done
            """;

    private static final String LIST = PLACE + """
            for guard in "$place.$vm".*; do
                [ ! -O "$guard" ] || echo "$guard"
            done
            """;

    private final Commands commands;
    private final String uri;
    private final String name;
    private final String purpose;
    private final String guard;
    private final String place;

    private NodeGuards(Commands commands, String uri, String name, String purpose, String relief, String place) {
        this.commands = commands;
        this.uri = uri;
        this.name = name;
        this.purpose = purpose;
        this.guard = GUARD + relief + WAIT;
        this.place = place;
    }

    /**
     * Guards on a node that thaw guests.
     *
     * @param commands runs commands there
     * @param uri libvirt's daemon as programs there reach it
     * @param place the beginning of the names of all files; empty for the usual place
     */
    static NodeGuards thawing(Commands commands, String uri, String place) {
        return new NodeGuards(commands, uri, "vmsnap-thaw", "thaw", THAW, place);
    }

    /** Guards on a node that let held guests run on, with the parameters of {@link #thawing}; they leave a trace. */
    static NodeGuards releasing(Commands commands, String uri, String place) {
        return new NodeGuards(commands, uri, "vmsnap-hold", "release", RELEASE, place);
    }

    /**
     * Starts a guard, and ends those of earlier freezes or holds.
     *
     * @param after when it relieves the guest
     * @param patience how long starting it may take
     * @param before what QEMU is told before the guest runs on; only of a guest that was held
     * @return its id
     */
    String arm(VmId vm, Duration after, Duration patience, List<Qmp.Command> before) {
        // It waits twice, and has to end before it is given up here: what starts later would have nothing to guard.
        String seconds = String.format(Locale.ROOT, "%.3f", patience.toMillis() * 0.4 / 1000);
        String id = UUID.randomUUID().toString();
        String commandsBefore = before.stream().map(Qmp.Command::json).collect(Collectors.joining("\n"));
        Result result =
                run(ARM, vm, patience, id, guard, String.valueOf(after.toSeconds()), seconds, uri, commandsBefore);
        if (result.exitCode() == NO_PROGRAM) {
            throw failure(Reason.TOOL_MISSING, vm, result.errors());
        }
        if (result.exitCode() == STILL_ACTING) {
            throw failure(Reason.TIMEOUT, vm, "a guard of an earlier operation is still at work");
        }
        if (result.exitCode() == NO_ANSWER) {
            throw failure(Reason.TIMEOUT, vm, "virsh has no answer from libvirt there");
        }
        if (!result.succeeded()) {
            throw failure(Reason.BROKEN, vm, result.errors());
        }
        return id;
    }

    /** Lets the guards of a VM end, since the guest was relieved; one that acts already ends by itself. */
    void disarm(VmId vm) {
        required(vm, run(DISARM, vm, PATIENCE, ANY));
    }

    /**
     * Lets one guard of a VM end.
     *
     * @return whether it has waited until now: it has not acted, and no later one has taken its place
     */
    boolean disarm(VmId vm, String id) {
        return required(vm, run(DISARM, vm, PATIENCE, id)).strip().equals("waited");
    }

    /** Whether a guard of a VM waits. */
    boolean waits(VmId vm, String id) {
        return required(vm, run(LIST, vm, PATIENCE)).lines().anyMatch(file -> file.endsWith("." + id + ".armed"));
    }

    /** Has the guards of a VM act now. */
    void hasten(VmId vm) {
        required(vm, run(HASTEN, vm, PATIENCE));
    }

    /** Whether a VM has any guard: without one nothing of ours is frozen. */
    boolean any(VmId vm) {
        return !required(vm, run(LIST, vm, PATIENCE)).isBlank();
    }

    /** Whether the guest was let go since a guard was started, by the guard or by somebody else. */
    boolean released(VmId vm) {
        return required(vm, run(LIST, vm, PATIENCE)).lines().anyMatch(file -> !file.endsWith(".armed"));
    }

    private String required(VmId vm, Result result) {
        if (!result.succeeded()) {
            throw failure(Reason.BROKEN, vm, result.errors());
        }
        return result.output();
    }

    private Result run(String script, VmId vm, Duration limit, String... more) {
        if (!UUID_FORM.matcher(vm.value()).matches()) {
            throw Failures.of(Reason.MISSING, "no VM " + vm);
        }
        List<String> arguments = new ArrayList<>(List.of("sh", "-c", script, name, place, name, vm.value()));
        arguments.addAll(List.of(more));
        return commands.run(Command.of(arguments.toArray(String[]::new)).within(limit));
    }

    private RuntimeException failure(Reason reason, VmId vm, String why) {
        return Failures.of(reason, "the node cannot " + purpose + " VM " + vm + " by itself: " + why);
    }
}
