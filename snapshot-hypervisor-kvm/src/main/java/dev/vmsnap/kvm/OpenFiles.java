package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the files that QEMU has open with those that lie at their paths. A file that was removed or replaced lives on
 * until QEMU closes it, and everything in it goes with it then.
 */
final class OpenFiles {
    private static final Logger LOG = LoggerFactory.getLogger(OpenFiles.class);
    /** For an inspection, which goes on without an answer. */
    static final Duration BRIEF = Duration.ofSeconds(5);

    /** For a proof. */
    static final Duration PATIENT = Duration.ofSeconds(30);

    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final Pattern HEADER = Pattern.compile("[0-9a-f]{8}");

    private static final String NAMELESS =
            "QEMU has a file open that no longer has a name, and nothing lies at %s; copy it before the VM goes off";
    private static final String REPLACED =
            "QEMU has a file open that no longer has a name, and another file lies at %s; copy the open one before the"
                    + " VM goes off";

    // Finds the VM's QEMU by its arguments, since the places of libvirt's own notes depend on the daemon. Then prints
    // an
    // "o" for each file that it has open, and for each path what lies there: as the node sees it, and as QEMU does. Of
    // a
    // device the number counts, since libvirt gives QEMU device nodes of its own. At last an "h" for each path with the
    // number of snapshots in its header.
    private static final String COMPARE = """
            id=$1; shift
            qemu=
            for file in $(grep -l -z -x -s -F -e "$id" /proc/[0-9]*/cmdline); do
                if tr '\\0' '\\n' <"$file" 2>/dev/null | grep -A 1 -x -e -uuid | grep -q -x -F -e "$id"; then
                    [ -z "$qemu" ] || exit 0
                    qemu=${file#/proc/}; qemu=${qemu%/cmdline}
                fi
            done
            [ -n "$qemu" ] || exit 0
            print() {
                stat -L -c "$1 %F|%d:%i|%t:%T" -- "$2" 2>/dev/null && return
                LC_ALL=C stat -L -- "$2" 2>&1 >/dev/null | grep -q -e 'No such file' && echo "$1 none" || echo "$1 unknown"
            }
            stat -L -c 'o %F|%d:%i|%t:%T' -- /proc/"$qemu"/fd/* 2>/dev/null
            for file; do print n "$file"; print q "/proc/$qemu/root$file"; done
            for file; do
                count=
                for how in direct,nonblock nonblock; do
                    [ -f "$file" ] || [ -b "$file" ] || break
                    count=$(dd if="$file" bs=4096 count=1 iflag=$how 2>/dev/null | od -A n -t x1 -j 60 -N 4 2>/dev/null)
                    [ -z "$count" ] || break
                done
                echo "h $count"
            done
            """;

    private final Commands commands;

    OpenFiles(Commands commands) {
        this.commands = commands;
    }

    /**
     * Holds the findings at paths.
     *
     * @param attached the paths whose file QEMU has open
     * @param detached why the file at a path is not the one that QEMU has open; a path in neither could not be compared
     * @param snapshots how many snapshots the header of an image states; without paths where that cannot be read
     */
    record Comparison(Set<String> attached, Map<String, String> detached, Map<String, Long> snapshots) {
        static final Comparison NONE = new Comparison(Set.of(), Map.of(), Map.of());
    }

    /**
     * Compares files and devices that QEMU was told to open with those that it has open.
     *
     * @param paths of qcow2 images
     * @param limit how long it may take, in whole seconds
     */
    Comparison compare(VmId vm, List<String> paths, Duration limit) {
        if (paths.isEmpty()) {
            return Comparison.NONE;
        }
        List<String> words = new ArrayList<>(CommandFiles.BOUNDED);
        words.addAll(List.of(Long.toString(limit.toSeconds()), "sh", "-c", COMPARE, "sh", vm.value()));
        words.addAll(paths);
        try {
            Commands.Result result = commands.run(
                    Commands.Command.of(words.toArray(String[]::new)).within(limit.plus(GRACE)));
            List<String> lines = result.output().lines().toList();
            return compared(paths, lines);
        } catch (DriverException e) {
            LOG.info("VM {}: the files that QEMU has open cannot be compared with their paths", vm, e);
            return Comparison.NONE;
        }
    }

    private static Comparison compared(List<String> paths, List<String> lines) {
        Set<String> open = new HashSet<>(found(lines, "o "));
        List<String> byTheNode = found(lines, "n ");
        List<String> byQemu = found(lines, "q ");
        Set<String> attached = new HashSet<>();
        Map<String, String> detached = new HashMap<>();
        boolean answered = !open.isEmpty() && byTheNode.size() == paths.size() && byQemu.size() == paths.size();
        for (int i = 0; answered && i < paths.size(); i++) {
            List<String> both = List.of(byTheNode.get(i), byQemu.get(i));
            if (both.stream().anyMatch(open::contains)) {
                attached.add(paths.get(i));
            } else if (!both.contains("unknown")) {
                String text = both.stream().allMatch("none"::equals) ? NAMELESS : REPLACED;
                detached.put(paths.get(i), text.formatted(paths.get(i)));
            }
        }
        return new Comparison(attached, detached, snapshots(paths, lines));
    }

    private static Map<String, Long> snapshots(List<String> paths, List<String> lines) {
        List<String> headers = lines.stream()
                .filter(line -> line.startsWith("h "))
                .map(line -> line.substring(2).replace(" ", ""))
                .toList();
        Map<String, Long> counts = new HashMap<>();
        for (int i = 0; i < paths.size() && headers.size() == paths.size(); i++) {
            if (HEADER.matcher(headers.get(i)).matches()) {
                counts.put(paths.get(i), Long.parseLong(headers.get(i), 16));
            }
        }
        return counts;
    }

    private static List<String> found(List<String> lines, String kind) {
        return lines.stream()
                .filter(line -> line.startsWith(kind))
                .map(OpenFiles::identity)
                .toList();
    }

    /** A file by its file system and number, a device by its own number. */
    private static String identity(String line) {
        String[] parts = line.substring(2).split("\\|", 3);
        if (parts.length < 3) {
            return parts[0];
        }
        return parts[0].startsWith("block special") ? "device " + parts[2] : parts[1];
    }
}
