package dev.vmsnap.kvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What is mounted where, as {@code /proc/self/mountinfo} tells (proc_pid_mountinfo(5)). Reading that file asks no file
 * system anything.
 */
final class MountTable {
    static final String FILE = "/proc/self/mountinfo";

    private static final Pattern ESCAPED = Pattern.compile("\\\\([0-7]{3})");
    private static final int ID = 0;
    private static final int PARENT = 1;
    private static final int ROOT = 3;
    private static final int POINT = 4;
    private static final int OPTIONS = 5;
    private static final int FIRST_OPTIONAL = 6;
    private static final int AFTER_SEPARATOR = 4;

    // File systems that no other machine and no process serves; of every other one an answer may never come.
    private static final Set<String> OWN = Set.of(
            "bcachefs",
            "binfmt_misc",
            "bpf",
            "btrfs",
            "cgroup",
            "cgroup2",
            "configfs",
            "debugfs",
            "devpts",
            "devtmpfs",
            "efivarfs",
            "erofs",
            "exfat",
            "ext2",
            "ext3",
            "ext4",
            "f2fs",
            "fusectl",
            "hugetlbfs",
            "iso9660",
            "jfs",
            "mqueue",
            "nilfs2",
            "nsfs",
            "overlay",
            "proc",
            "pstore",
            "ramfs",
            "reiserfs",
            "rootfs",
            "securityfs",
            "squashfs",
            "sysfs",
            "tmpfs",
            "tracefs",
            "udf",
            "vfat",
            "xfs",
            "zfs");

    private final List<Entry> entries;

    private MountTable(List<Entry> entries) {
        this.entries = entries;
    }

    /**
     * One mount.
     *
     * @param source what is mounted; of a bind mount with the part of it that is
     */
    record Entry(String id, String parent, String point, String type, String source, Set<String> options) {
        /** Whether it answers as long as this machine runs. */
        boolean own() {
            return OWN.contains(type);
        }
    }

    /** Reads the file's text; a line that is not understood is a failure, since it may hide a network mount. */
    static MountTable parse(String text) {
        List<Entry> entries = new ArrayList<>();
        text.lines().filter(line -> !line.isBlank()).forEach(line -> entries.add(entry(line)));
        return new MountTable(entries);
    }

    private static Entry entry(String line) {
        List<String> fields = Arrays.asList(line.split(" ", -1));
        int separator = fields.size() <= FIRST_OPTIONAL
                ? -1
                : fields.subList(FIRST_OPTIONAL, fields.size()).indexOf("-");
        int at = FIRST_OPTIONAL + separator;
        if (separator < 0 || fields.size() < at + AFTER_SEPARATOR) {
            throw Failures.broken("a line of " + MountTable.FILE + " is not understood: " + line);
        }
        Set<String> options = new HashSet<>(List.of(fields.get(OPTIONS).split(",")));
        options.addAll(List.of(fields.get(at + 3).split(",")));
        String root = plain(fields.get(ROOT));
        return new Entry(
                fields.get(ID),
                fields.get(PARENT),
                plain(fields.get(POINT)),
                fields.get(at + 1),
                plain(fields.get(at + 2)) + (root.equals("/") ? "" : root),
                options);
    }

    /** What the kernel writes as three octal digits: space, tab, line feed, backslash, number sign. */
    private static String plain(String escaped) {
        return ESCAPED.matcher(escaped).replaceAll(MountTable::character);
    }

    private static String character(MatchResult digits) {
        return Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(digits.group(1), 8)));
    }

    /** What one meets at {@code /}; empty when nothing is known. */
    Optional<Entry> root() {
        return entries.stream()
                .filter(entry -> entry.point().equals("/") && isTop(entry))
                .findFirst()
                .map(this::uppermost);
    }

    private boolean isTop(Entry entry) {
        return entries.stream()
                .noneMatch(other ->
                        other.id().equals(entry.parent()) && !other.id().equals(entry.id()));
    }

    /** What one meets at a path inside a mount: what was mounted there last, if anything. */
    Optional<Entry> over(Entry mount, String path) {
        return directlyOver(mount, path).map(this::uppermost);
    }

    private Entry uppermost(Entry mount) {
        Entry top = mount;
        for (Optional<Entry> next = directlyOver(top, top.point());
                next.isPresent();
                next = directlyOver(top, top.point())) {
            top = next.get();
        }
        return top;
    }

    private Optional<Entry> directlyOver(Entry mount, String path) {
        return entries.stream()
                .filter(entry -> entry.parent().equals(mount.id())
                        && !entry.id().equals(mount.id())
                        && entry.point().equals(path))
                .reduce((earlier, later) -> later);
    }
}
