package dev.vmsnap.storage.file.image;

import dev.vmsnap.VmId;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Holds the facts that prove the place of an image to be the one that it was.
 *
 * @param fileSystem what identifies the file system that the image lies on, wherever that is mounted; empty if nothing does
 *     that lasts
 * @param recorded whether records of the VM lie beside it that are this store's, or older than stores in names
 * @param others the stores whose records of the VM lie beside it as well
 * @param kept whether records of this store lie beside it that its present ones could not take the place of
 * @param refused why no records are kept beside it; empty if they can be
 * @param lacking the program that the node lacks to bring an image back; empty if it has it
 */
record Surroundings(
        Optional<String> fileSystem,
        boolean recorded,
        Set<String> others,
        boolean kept,
        Optional<String> refused,
        Optional<String> lacking) {
    static final Surroundings NONE =
            new Surroundings(Optional.empty(), false, Set.of(), false, Optional.empty(), Optional.empty());

    // These make their number from what they keep on disk. Others make it from the device, which may have another
    // number
    // after the next start of the node; for them it is the UUID that findmnt tells.
    private static final Pattern LASTING =
            Pattern.compile("on (?:ext2/ext3|btrfs|zfs) ([0-9a-f]{1,16})|on \\S+ \\S+ (uuid:[0-9A-Za-z-]{4,40})");
    private static final int KEPT_CHARACTERS = 12;
    private static final Pattern KEPT = Pattern.compile("[0-9a-f]{" + KEPT_CHARACTERS + "}\\.json");
    private static final Pattern PLACE = Pattern.compile("(fsid|uuid):.*");

    // A place that RecordDirectory would refuse is reported, and proves nothing. On a network mount the records may
    // belong to the owner of the directory, or to the user that a server takes root for.
    private static final String SCRIPT = PathWalk.SCRIPT + """
            vm=$1 squashed=$2
            shift 2
            obstacle() {
                if [ "$(realpath -- "${directory:-/}")" != "${directory:-/}" ]; then
                    said=$( (walk "$ours") 2>&1) || [ $? != 116 ] || { printf '%s\\n' "$said"; return; }
                fi
                [ ! -L "$ours" ] || { echo "$ours is a symbolic link"; return; }
                [ -e "$ours" ] || return
                [ -d "$ours" ] || { echo "$ours is no directory"; return; }
                set -- $(stat -c '%u %a' -- "$ours")
                [ -O "$ours" ] || case $squashed-$1 in
                    yes-65534 | yes-4294967294 | yes-"$(stat -c %u -- "${directory:-/}")") ;;
                    *) echo "$ours belongs to user $1"; return ;;
                esac
                case $2 in *[2367]? | *[2367]) echo "$ours may be written to by others" ;; esac
            }
            for image do
                directory=${image%/*}
                ours=$directory/.vmsnap
                system=$(stat -f -c '%T %i' -- "$image" 2>/dev/null) ||
                    system=$(stat -f -c '%T %i' -- "${directory:-/}" 2>/dev/null)
                case $system in
                    ext2/ext3* | btrfs* | zfs* | tmpfs* | '') ;;
                    *) system="$system uuid:$(findmnt -n -o UUID -T "${directory:-/}" 2>/dev/null)" ;;
                esac
                printf 'on %s\\n' "$system"
                command -v qemu-img >/dev/null || echo 'lacks qemu-img'
                refused=$(obstacle | tr '\\n' ' ')
                [ -z "$refused" ] || { printf 'refused %s\\n' "${refused% }"; continue; }
                for file in "$ours/$vm.json" "$ours/$vm."*.json; do
                    [ -f "$file" ] && printf 'record %s\\n' "${file##*/}"
                done
            done
            exit 0
            """;

    /** Copies the set. */
    Surroundings {
        others = Set.copyOf(others);
    }

    /** Names the records of a VM. */
    static String records(VmId vm, String store) {
        return vm.value() + "." + store + ".json";
    }

    /** Names the records of a VM as they were called before they bore a store's id. */
    static String recordsOfAnyStore(VmId vm) {
        return vm.value() + ".json";
    }

    /** Names records of a store that the next ones could not take the place of. */
    static String kept(VmId vm, String store, String sum) {
        return vm.value() + "." + store + "." + sum.substring(0, KEPT_CHARACTERS) + ".json";
    }

    /** Whether records are called as {@link #kept} names those of a store. */
    static boolean isKept(String name, VmId vm, String store) {
        String start = vm.value() + "." + store + ".";
        return name.startsWith(start)
                && KEPT.matcher(name.substring(start.length())).matches();
    }

    /**
     * Inspects the places of images with one process. A directory that cannot be read holds nothing.
     *
     * @param commands of the node
     * @param timeout how long it may take
     * @param images absolute paths
     * @param vm whose records
     * @param store whose records are this store's
     * @param squashed as in {@link RecordDirectory}
     * @return by image
     */
    static Map<String, Surroundings> of(
            Commands commands, Duration timeout, List<String> images, VmId vm, String store, boolean squashed) {
        Map<String, Surroundings> found = new HashMap<>();
        if (images.isEmpty()) {
            return found;
        }
        List<String> arguments =
                new ArrayList<>(List.of("sh", "-c", SCRIPT, "surroundings", vm.value(), squashed ? "yes" : "no"));
        arguments.addAll(images);
        List<String> lines = commands.run(
                        Command.of(arguments.toArray(String[]::new)).within(timeout))
                .output()
                .lines()
                .toList();
        int at = -1;
        for (String line : lines) {
            at += line.startsWith("on ") ? 1 : 0;
            if (at >= 0 && at < images.size()) {
                found.merge(images.get(at), read(line, vm, store), Surroundings::and);
            }
        }
        return found;
    }

    private static Surroundings read(String line, VmId vm, String store) {
        Matcher system = LASTING.matcher(line);
        if (system.matches()) {
            return NONE.on(Optional.ofNullable(system.group(1))
                    .filter(text -> !text.matches("0+"))
                    .map(text -> "fsid:" + text)
                    .or(() -> Optional.ofNullable(system.group(2))));
        }
        if (line.startsWith("lacks ")) {
            return NONE.without(Optional.empty(), Optional.of(line.substring("lacks ".length())));
        }
        if (line.startsWith("refused ")) {
            return NONE.without(Optional.of(line.substring("refused ".length())), Optional.empty());
        }
        if (!line.startsWith("record ")) {
            return NONE;
        }
        String name = line.substring("record ".length());
        if (name.equals(records(vm, store)) || name.equals(recordsOfAnyStore(vm))) {
            return NONE.beside(true, Set.of(), false);
        }
        if (isKept(name, vm, store)) {
            return NONE.beside(true, Set.of(), true);
        }
        Matcher other = Pattern.compile(Pattern.quote(vm.value()) + "\\.([a-z0-9-]{8,40})(?:\\.[0-9a-f]{"
                        + KEPT_CHARACTERS + "})?\\.json")
                .matcher(name);
        return other.matches() ? NONE.beside(false, Set.of(other.group(1)), false) : NONE;
    }

    private Surroundings on(Optional<String> system) {
        return new Surroundings(system, recorded, others, kept, refused, lacking);
    }

    private Surroundings beside(boolean ours, Set<String> stores, boolean older) {
        return new Surroundings(fileSystem, ours, stores, older, refused, lacking);
    }

    private Surroundings without(Optional<String> records, Optional<String> program) {
        return new Surroundings(fileSystem, recorded, others, kept, records, program);
    }

    private Surroundings and(Surroundings more) {
        Set<String> all = new TreeSet<>(others);
        all.addAll(more.others);
        return new Surroundings(
                fileSystem.or(more::fileSystem),
                recorded || more.recorded,
                all,
                kept || more.kept,
                refused.or(more::refused),
                lacking.or(more::lacking));
    }

    /** Whether it lies on another file system than a remembered one, or on no file system of the node's own. */
    boolean contradicts(String remembered) {
        Matcher then = PLACE.matcher(remembered);
        return !then.matches()
                || fileSystem
                        .filter(now -> now.startsWith(then.group(1)) && !now.equals(remembered))
                        .isPresent();
    }

    /** Whether it lies on the file system that is remembered. */
    boolean confirms(String remembered) {
        return fileSystem.filter(remembered::equals).isPresent();
    }
}
