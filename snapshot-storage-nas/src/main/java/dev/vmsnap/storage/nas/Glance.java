package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One look at a mount and at images on it, by one process on the node that is killed when it does not come back.
 *
 * <p>Where the server does not take the node's root for root, what root cannot see is looked at as the owner of the deepest
 * directory that can be seen.
 */
final class Glance {
    // Whether there is an answer at all is told by statfs, which no cache answers. Nor does one answer an open, which
    // tells what the server lets the user do: access(2) may be a minute old. Of a tool's complaint the last
    // part says why; paths come before it. Processes are few: behind ssh they are the cost of a look.
    private static final String SCRIPT = """
            [ -O /proc ] && root=yes || root=
            no() { printf 'no\\t%s\\n' "${1##*: }"; }
            see() {
                for try in 1 2 3 4 5 6 7 8; do
                    seen=$($who stat -L -c '%u %g' -- "$1" 2>&1) && return 0
                    case $seen in *': Permission denied') ;; *) return 1 ;; esac
                    [ "$root" ] || return 1
                    up=$1
                    until up=${up%/*}; [ -z "$up" ] || own=$($who stat -c '%u %g' -- "$up" 2>/dev/null); do :; done
                    [ -n "$up" ] || return 1
                    next="setpriv --reuid ${own% *} --regid ${own#* } --clear-groups"
                    [ "$next" != "$who" ] || return 1
                    who=$next
                done
                return 1
            }
            acts() {
                as=$who
                [ "$root" ] || return 0
                case ${1% *} in
                    0 | 65534 | 4294967294) ;;
                    *) as="setpriv --reuid ${1% *} --regid ${1#* } --clear-groups" ;;
                esac
            }
            named() {
                set -- $as
                if [ $# = 0 ]; then echo -; else echo "$3:$5"; fi
            }
            facts='
                case $(realpath -e -- "$1" 2>/dev/null) in "${2%/}"/*) in=in ;; *) in=out ;; esac
                access=a
                if [ $in = out ]; then
                    :
                elif [ -f "$1" ] || [ -b "$1" ]; then
                    dd if="$1" of=/dev/null count=0 status=none 2>/dev/null && access=${access}r
                    dd if=/dev/null of="$1" count=0 conv=notrunc,nocreat status=none 2>/dev/null && access=${access}w
                else
                    in=odd
                fi
                free=$(stat -f -c "%a %S" -- "$1" 2>/dev/null) || free=$3
                printf "%s\\t%s\\t%s\\n" $in $access "$free"
            '
            for tool in stat realpath dd sh ${root:+setpriv}; do
                command -v "$tool" >/dev/null || { echo "$tool: not found" >&2; exit 127; }
            done
            point=$1
            shift
            room=$(stat -f -c '%a %S' -- "$point" 2>&1) || { no "$room"; exit 0; }
            printf 'ok\\t%s\\n' "$room"
            while [ $# -ge 4 ]; do
                who=
                if see "$1"; then
                    acts "$seen"
                    printf 'ok\\t%s\\t%s\\n' "$(named)" "$($as sh -c "$facts" sh "$1" "$point" "$room")"
                else
                    case $seen in
                        *': No such file or directory') $who test -L "$1" && seen='a symbolic link that leads nowhere' ;;
                    esac
                    no "$seen"
                fi
                as=
                keeper=-
                if see "$2"; then
                    acts "$seen"
                    keeper=$(named)
                fi
                has=no
                # What others may have put in the place of the records proves nothing.
                $as test -L "${3%/*}" || for records in "$3" "$4"; do $as test -f "$records" && has=yes; done
                printf '%s\\t%s\\n' "$keeper" $has
                shift 4
            done
            """;

    private static final String BLOCKS = "([0-9]{1,18}) ([0-9]{1,9})";
    private static final String WHO = "(-|[0-9]{1,10}:[0-9]{1,10})";
    private static final Pattern NO = Pattern.compile("no\t(.*)");
    private static final Pattern MOUNT = Pattern.compile("ok\t" + BLOCKS);
    private static final Pattern IMAGE = Pattern.compile("ok\t" + WHO + "\t(in|out|odd)\ta(r?)(w?)\t" + BLOCKS);
    private static final Pattern RECORDS = Pattern.compile(WHO + "\t(yes|no)");

    private Glance() {}

    /**
     * What is to be looked at.
     *
     * @param image path of an image
     * @param directory its directory
     * @param records the VM's records beside it
     * @param older the same under the name that they had before they bore a store's id
     */
    record Target(String image, String directory, String records, String older) {}

    /**
     * What was seen.
     *
     * @param trouble why nothing could be seen; empty when it could
     * @param freeBytes what is free on the mount, in bytes
     * @param images one for each target, in their order
     */
    record Seen(Optional<String> trouble, long freeBytes, List<Image> images) {}

    /**
     * What was seen of an image.
     *
     * @param trouble why it could not be seen; empty when it could
     * @param owner as whom to work on it; empty for the node's own user
     * @param inside whether it lies on the mount, and not behind a link that leads away from it
     * @param openable whether it is a regular file or a block device; anything else is never opened
     * @param readable whether the server lets the owner open it for reading
     * @param writable whether the server lets the owner open it for writing
     * @param freeBytes what is free where it lies, or would lie, in bytes
     * @param keeper as whom to work on its directory
     * @param recorded whether the VM has records beside it
     */
    record Image(
            Optional<String> trouble,
            Optional<Owner> owner,
            boolean inside,
            boolean openable,
            boolean readable,
            boolean writable,
            long freeBytes,
            Optional<Owner> keeper,
            boolean recorded) {

        /** Whether there is none. */
        boolean missing() {
            return trouble.filter(why -> why.equals("No such file or directory") || why.equals("Not a directory"))
                    .isPresent();
        }
    }

    /**
     * Looks.
     *
     * @param node runs commands there
     * @param deadline how long the look may take
     * @param point the mount point
     * @param targets what to look at there
     * @return what was seen; empty when no answer came in time
     */
    static Optional<Seen> at(Commands node, Duration deadline, String point, List<Target> targets) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", SCRIPT, "sh", point));
        targets.forEach(target ->
                command.addAll(List.of(target.image(), target.directory(), target.records(), target.older())));
        try {
            return Optional.of(read(
                    new BoundedCommands(node, Optional.empty())
                            .run(Commands.Command.of(command.toArray(String[]::new))
                                    .within(deadline)),
                    targets.size()));
        } catch (DriverException e) {
            if (e.reason() == Reason.TIMEOUT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static Seen read(Commands.Result result, int count) {
        Iterator<String> lines = result.output().lines().iterator();
        String first = lines.hasNext() ? lines.next() : "";
        Matcher no = NO.matcher(first);
        if (no.matches()) {
            return new Seen(Optional.of(no.group(1)), 0, List.of());
        }
        Matcher mount = matched(MOUNT, first, result);
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            images.add(image(lines, bytes(mount, 1), result));
        }
        return new Seen(Optional.empty(), bytes(mount, 1), images);
    }

    private static Image image(Iterator<String> lines, long free, Commands.Result result) {
        String first = lines.hasNext() ? lines.next() : "";
        Matcher records = matched(RECORDS, lines.hasNext() ? lines.next() : "", result);
        Optional<Owner> keeper = owner(records.group(1));
        boolean recorded = records.group(2).equals("yes");
        Matcher no = NO.matcher(first);
        if (no.matches()) {
            return new Image(
                    Optional.of(no.group(1)), Optional.empty(), false, false, false, false, free, keeper, recorded);
        }
        Matcher image = matched(IMAGE, first, result);
        return new Image(
                Optional.empty(),
                owner(image.group(1)),
                !image.group(2).equals("out"),
                !image.group(2).equals("odd"),
                !image.group(3).isEmpty(),
                !image.group(4).isEmpty(),
                bytes(image, 5),
                keeper,
                recorded);
    }

    private static Matcher matched(Pattern form, String line, Commands.Result result) {
        Matcher matcher = form.matcher(line);
        if (!matcher.matches()) {
            throw new DriverException(
                    NasStorage.ID,
                    Reason.BROKEN,
                    "a look at the mount failed: "
                            + (result.errors().isBlank()
                                    ? "its answer is not understood"
                                    : result.errors().strip()));
        }
        return matcher;
    }

    private static long bytes(Matcher blocks, int group) {
        return Long.parseLong(blocks.group(group)) * Long.parseLong(blocks.group(group + 1));
    }

    private static Optional<Owner> owner(String who) {
        int colon = who.indexOf(':');
        return colon < 0
                ? Optional.empty()
                : Optional.of(
                        new Owner(Long.parseLong(who.substring(0, colon)), Long.parseLong(who.substring(colon + 1))));
    }
}
