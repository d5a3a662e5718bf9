package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Resolves paths of devices on a node: a link of a platform's, a link of udev's or a kernel's number can all be one
 * logical volume.
 */
final class Devices {
    /**
     * Prints, for each path, every link on the way to its end, each with its directory made plain; then the name and the
     * UUID that device-mapper has for the end, empty for what it does not map; then an empty line.
     */
    private static final String RESOLVE = """
            for path; do
              hops=0
              while [ "$hops" -lt 40 ]; do
                folder=$(readlink -m -- "$(dirname -- "$path")") || exit 1
                path=${folder%/}/$(basename -- "$path")
                printf 'hop %s\\n' "$path"
                next=$(readlink -- "$path") || break
                case $next in /*) path=$next ;; *) path=$folder/$next ;; esac
                hops=$((hops + 1))
              done
              if [ -b "$path" ]; then
                major=$(stat -L -c %t -- "$path") && minor=$(stat -L -c %T -- "$path") || exit 1
                mapped=/sys/dev/block/$((0x$major)):$((0x$minor))/dm
                if [ -d "$mapped" ]; then
                  printf 'name %s\\n' "$(cat "$mapped/name")"
                  printf 'uuid %s\\n' "$(cat "$mapped/uuid")"
                fi
              fi
              printf '\\n'
            done
            """;

    private static final String BY_NAME = "/dev/disk/by-id/dm-name-";
    private static final String MAPPED = "/dev/mapper/";

    private final Commands commands;
    private final Duration deadline;

    Devices(Commands commands, Duration deadline) {
        this.commands = commands;
        this.deadline = deadline;
    }

    /**
     * The end of a path on the node.
     *
     * @param path the path
     * @param hops the path and every link on the way to its end, the directory of each without links
     * @param name device-mapper's name of the end; empty if it does not map it
     * @param uuid device-mapper's UUID of it, which begins with the word of its maker; empty like the name
     */
    record Device(String path, List<String> hops, String name, String uuid) {
        private static final String LVM = "LVM-";

        Device {
            hops = List.copyOf(hops);
        }

        /** Whether it is a device of device-mapper that LVM did not make, for example an encrypted one or a partition. */
        boolean isOthers() {
            return !uuid.isEmpty() && !uuid.startsWith(LVM);
        }

        /** The word of the device's maker, for example {@code CRYPT} or {@code part1}. */
        String maker() {
            int dash = uuid.indexOf('-');
            return dash < 0 ? uuid : uuid.substring(0, dash);
        }

        /** The logical volume; empty if it is none, as far as the node knows. */
        Optional<LvPath> volume() {
            if (isOthers()) {
                return Optional.empty();
            }
            Optional<LvPath> mapped = name.isEmpty() ? Optional.empty() : LvPath.of(MAPPED + name);
            return mapped.or(this::named);
        }

        /**
         * The logical volume by a link that names it. A restore can put another device under the name, and after a restart
         * the numbers are others.
         */
        Optional<LvPath> named() {
            return hops.stream()
                    .map(hop -> hop.startsWith(BY_NAME) ? MAPPED + hop.substring(BY_NAME.length()) : hop)
                    .flatMap(hop -> LvPath.of(hop).stream())
                    .findFirst();
        }
    }

    /** Resolves paths, all of them in one process. */
    Map<String, Device> resolve(Collection<String> paths) {
        Map<String, Device> devices = new LinkedHashMap<>();
        List<String> words = new ArrayList<>(List.of("sh", "-c", RESOLVE, "sh"));
        words.addAll(paths);
        Result result = commands.run(Command.of(words.toArray(String[]::new)).within(deadline));
        String[] blocks = result.output().split("\n\n", -1);
        if (!result.succeeded() || blocks.length != paths.size() + 1) {
            throw LvmFailure.of(
                    Reason.BROKEN,
                    "cannot resolve " + String.join(", ", paths) + ": " + LvmFailure.told(result.errors()));
        }
        int i = 0;
        for (String path : paths) {
            devices.put(path, device(path, blocks[i++].lines().toList()));
        }
        return devices;
    }

    private static Device device(String path, List<String> lines) {
        return new Device(path, values(lines, "hop "), first(lines, "name "), first(lines, "uuid "));
    }

    private static String first(List<String> lines, String key) {
        return values(lines, key).stream().findFirst().orElse("");
    }

    private static List<String> values(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()))
                .toList();
    }
}
