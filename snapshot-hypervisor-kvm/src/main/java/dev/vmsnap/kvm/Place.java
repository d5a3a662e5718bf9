package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file or device of the node that holds saved RAM.
 *
 * @param path its absolute path
 * @param file whether it is a file and ends where the RAM ends; a device goes on
 * @param closed whether nobody but its owner can read it; told of files only
 * @param bytes how long a file is; nothing of a device
 * @param commands runs commands on the node
 */
record Place(String path, boolean file, boolean closed, long bytes, Commands commands) {
    // libvirt opens a file by its path, so nobody else may be able to put another one there.
    private static final String LOOK = PathWalk.SCRIPT + """
            walk "$1"
            if [ -f "./$name" ]; then
                set -- "$1" $(stat -c '%u %a' .)
                case $2 in 0 | "$me") ;; *) refuse "$(pwd -P) belongs to user $2, who could replace $1" ;; esac
                case $3 in
                    1???) ;;
                    *[2367]? | *[2367]) refuse "$(pwd -P) may be written to by others, who could replace $1" ;;
                esac
            fi
            stat -c '%F|%a|%s' -- "./$name"
            """;

    // Works on the open file, whatever lies at its name meanwhile.
    private static final String OPEN = PathWalk.SCRIPT + """
            walk "$1"
            [ ! -L "./$name" ] || refuse "$1 was replaced while it was opened"
            [ -f "./$name" ] || [ -b "./$name" ] || { echo "$1 is neither a file nor a block device" >&2; exit 1; }
            seen=$(stat -c '%d:%i' -- "./$name") && exec <"./$name" && [ "$(stat -c '%d:%i' -)" = "$seen" ] ||
                refuse "$1 was replaced while it was opened"
            """;
    private static final String CLOSE = OPEN + """
            [ "$(stat -c %h -)" = 1 ] || refuse "$1 has a second name"
            chmod 600 /proc/self/fd/0
            """;
    private static final String READ = OPEN + """
            exec od -A n -v -t x8 --endian=big -w1024 -j "$2" -N "$3"
            """;

    private static final Pattern SEEN = Pattern.compile("(.+)\\|([0-7]{1,6})\\|([0-9]{1,19})");
    private static final int WORD = 8;
    // Each word is a space and 16 digits, each row a line.
    private static final int LETTERS_PER_WORD = 18;

    /** Looks at what is there; what is not there is a failure, since libvirt would make a file of that name. */
    static Place at(String path, Commands commands) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("not an absolute path: " + path);
        }
        Commands.Result result = run(commands, "look at " + path, Commands.Command.of("sh", "-c", LOOK, "sh", path));
        Matcher seen = SEEN.matcher(result.output().strip());
        if (!seen.matches()) {
            throw Failures.broken("stat answered what is not understood for " + path);
        }
        boolean file = seen.group(1).startsWith("regular");
        if (!file && !seen.group(1).equals("block special file")) {
            throw Failures.broken(path + " is neither a file nor a block device: " + seen.group(1));
        }
        boolean closed = !file || (Integer.parseInt(seen.group(2), 8) & 0077) == 0;
        return new Place(path, file, closed, Long.parseLong(seen.group(3)), commands);
    }

    /** Takes a file away from everybody but its owner. */
    void close() {
        if (!closed) {
            run(commands, "close " + path, Commands.Command.of("sh", "-c", CLOSE, "sh", path));
        }
    }

    /** Brings what was written to stable storage. */
    void flush(Duration limit) {
        run(
                commands,
                "flush " + path,
                Commands.Command.of("sync", "-d", "--", path).within(limit));
    }

    /** How much a device holds. */
    long capacity() {
        String size = run(commands, "measure " + path, Commands.Command.of("blockdev", "--getsize64", path))
                .output()
                .strip();
        try {
            return Long.parseLong(size);
        } catch (NumberFormatException e) {
            throw Failures.of(Reason.BROKEN, "blockdev answered what is not understood for " + path, e);
        }
    }

    /** Reads bytes; up to seven zeros may follow the last one that is there. */
    byte[] read(long from, int count) {
        List<String> od = List.of("sh", "-c", READ, "sh", path, "" + from, "" + count);
        int limit = (count / WORD + 1) * LETTERS_PER_WORD + 4096;
        String text = run(commands, "read " + path, new Commands.Command(od, "", Duration.ofMinutes(1), limit))
                .output();
        return bytes(text, count);
    }

    private byte[] bytes(String digits, int count) {
        byte[] read = new byte[count];
        int nibbles = 0;
        for (int i = 0; i < digits.length() && nibbles < 2 * count; i++) {
            char letter = digits.charAt(i);
            int digit = Character.digit(letter, 16);
            if (digit >= 0) {
                read[nibbles / 2] |= (byte) (nibbles % 2 == 0 ? digit << 4 : digit);
                nibbles++;
            } else if (letter != ' ' && letter != '\n') {
                throw Failures.broken("od answered what is not understood for " + path);
            }
        }
        return Arrays.copyOf(read, nibbles / 2);
    }

    private static Commands.Result run(Commands commands, String doing, Commands.Command command) {
        Commands.Result result = commands.run(command);
        if (!result.succeeded()) {
            throw Failures.of(
                    result.exitCode() == PathWalk.REFUSED ? Reason.DENIED : reason(result.errors()),
                    doing + ": " + result.errors().strip());
        }
        return result;
    }

    static Reason reason(String errors) {
        String text = errors.toLowerCase(Locale.ROOT);
        if (text.contains("no such file or directory")) {
            return Reason.MISSING;
        }
        if (text.contains("no space left") || text.contains("quota exceeded")) {
            return Reason.NO_SPACE;
        }
        return text.contains("permission denied") ? Reason.DENIED : Reason.BROKEN;
    }
}
