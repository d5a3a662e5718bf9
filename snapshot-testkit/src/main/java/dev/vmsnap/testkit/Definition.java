package dev.vmsnap.testkit;

import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A VM's configuration, and the text that stands for it: one line for the memory, one for each disk, and lines that mean
 * nothing to the fake. Lines that begin with {@code secret=} are secrets.
 */
record Definition(long memoryBytes, List<Disk> disks, List<String> lines) {
    private static final String MEMORY = "memory=";
    private static final String DISK = "disk=";
    private static final String SECRET = "secret=";
    private static final String NOTE = "note=";
    private static final String NOTHING = "-";

    Definition {
        disks = List.copyOf(disks);
        lines = List.copyOf(lines);
    }

    static Disk disk(String target, SourceType type, String source, String format) {
        return new Disk(target, Device.DISK, type, Optional.of(source), Optional.of(format));
    }

    static Disk cdrom(String target, String source) {
        return new Disk(
                target, Device.CDROM, SourceType.FILE, Optional.of(source), Optional.of("raw"), Disk.Flag.READ_ONLY);
    }

    static Definition parse(String text) {
        long memory = 0;
        List<Disk> disks = new ArrayList<>();
        List<String> lines = new ArrayList<>();
        for (String line : text.lines().toList()) {
            if (line.startsWith(MEMORY)) {
                memory = Long.parseLong(line.substring(MEMORY.length()));
            } else if (line.startsWith(DISK)) {
                disks.add(disk(line.substring(DISK.length()).split("\\|", -1)));
            } else {
                lines.add(line);
            }
        }
        return new Definition(memory, disks, lines);
    }

    /** Tells what two texts differ in, without secrets. */
    static List<String> differences(String then, String now) {
        List<String> found = new ArrayList<>();
        lines(then).filter(line -> lines(now).noneMatch(line::equals)).forEach(line -> found.add("gone: " + line));
        lines(now).filter(line -> lines(then).noneMatch(line::equals)).forEach(line -> found.add("new: " + line));
        return List.copyOf(found);
    }

    String text() {
        StringBuilder text = new StringBuilder(MEMORY).append(memoryBytes).append('\n');
        disks.forEach(disk -> text.append(DISK).append(line(disk)).append('\n'));
        lines.forEach(line -> text.append(line).append('\n'));
        return text.toString();
    }

    Definition withMemory(long bytes) {
        return new Definition(bytes, disks, lines);
    }

    Definition with(Disk disk) {
        List<Disk> next = without(disks, d -> d.target().equals(disk.target()));
        next.add(disk);
        return new Definition(memoryBytes, next, lines);
    }

    /** With disks elsewhere, by target. */
    Definition relocated(Map<String, String> sources) {
        List<Disk> next = disks.stream()
                .map(d -> sources.containsKey(d.target())
                        ? new Disk(
                                d.target(),
                                d.device(),
                                d.type(),
                                Optional.of(sources.get(d.target())),
                                d.format(),
                                d.flags())
                        : d)
                .toList();
        return new Definition(memoryBytes, next, lines);
    }

    Definition without(String target) {
        return new Definition(memoryBytes, without(disks, d -> d.target().equals(target)), lines);
    }

    /** Adds a line in place of one with the same key, the part before the first {@code =}. */
    Definition with(String line) {
        List<String> next = without(lines, l -> key(l).equals(key(line)));
        next.add(line);
        return new Definition(memoryBytes, disks, next);
    }

    /** Returns what others have noted on the VM. */
    String note() {
        return lines.stream()
                .filter(line -> line.startsWith(NOTE))
                .map(line -> line.substring(NOTE.length()))
                .findFirst()
                .orElse("");
    }

    /** With the note of another definition. */
    Definition notedAs(Definition other) {
        return with(NOTE + other.note());
    }

    private static Stream<String> lines(String text) {
        return text.lines().filter(line -> !line.startsWith(SECRET) && !line.startsWith(NOTE));
    }

    private static String key(String line) {
        return line.contains("=") ? line.substring(0, line.indexOf('=')) : line;
    }

    private static <T> List<T> without(List<T> all, Predicate<T> unwanted) {
        List<T> rest = new ArrayList<>(all);
        rest.removeIf(unwanted);
        return rest;
    }

    private static String line(Disk disk) {
        return String.join(
                "|",
                disk.target(),
                disk.device().name(),
                disk.type().name(),
                disk.source().orElse(NOTHING),
                disk.format().orElse(NOTHING),
                disk.flags().stream().map(Enum::name).sorted().collect(Collectors.joining(",")));
    }

    private static Disk disk(String[] part) {
        return new Disk(
                part[0],
                Device.valueOf(part[1]),
                SourceType.valueOf(part[2]),
                Optional.of(part[3]).filter(s -> !s.equals(NOTHING)),
                Optional.of(part[4]).filter(s -> !s.equals(NOTHING)),
                Stream.of(part[5].split(","))
                        .filter(name -> !name.isEmpty())
                        .map(Disk.Flag::valueOf)
                        .collect(Collectors.toUnmodifiableSet()));
    }
}
