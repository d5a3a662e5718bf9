package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.VmDescription;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Finds what a node lacks for the work of the drivers. Changes nothing there. */
final class NodeNeeds {
    /** The programs that this driver itself runs on a node. */
    static final Set<String> PROGRAMS = Set.of(
            "sh",
            "stat",
            "cat",
            "mv",
            "rm",
            "mkdir",
            "sync",
            "dd",
            "od",
            "chmod",
            "chown",
            "readlink",
            "head",
            "mktemp",
            "date",
            "timeout",
            "flock",
            "setsid",
            "blockdev",
            "qemu-img",
            "virsh");

    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** Beyond what a slow connection and whole seconds make of two clocks that agree. */
    private static final Duration TOLERANCE = Duration.ofSeconds(5);

    private static final String LACKING = "for name; do command -v \"$name\" >/dev/null 2>&1 || echo \"$name\"; done";

    private static final String LOCKED = "for name; do [ ! -d \"$name\" ] || [ -w \"$name\" ] || echo \"$name\"; done";

    private final Commands commands;
    private final Clock clock;

    NodeNeeds(Commands commands, Clock clock) {
        this.commands = commands;
        this.clock = clock;
    }

    /** Returns one phrase for each thing. */
    List<String> lacking(Set<String> programs, Collection<VmDescription> vms) {
        Set<String> all = new TreeSet<>(PROGRAMS);
        all.addAll(programs);
        List<String> found = new ArrayList<>();
        lines(LACKING, all).forEach(name -> found.add("there is no program " + name + Failures.remedy(name)));
        if (found.isEmpty()) {
            found.addAll(clock());
            found.addAll(rights(vms));
        }
        return found;
    }

    private List<String> clock() {
        Instant before = clock.instant();
        Commands.Result result = commands.run(Commands.Command.of("date", "+%s").within(LIMIT));
        Instant after = clock.instant();
        String seconds = result.output().strip();
        if (!result.succeeded() || !seconds.matches("[0-9]{1,12}")) {
            return List.of("its clock cannot be read with \"date +%s\"");
        }
        Instant there = Instant.ofEpochSecond(Long.parseLong(seconds));
        Duration ahead = Duration.between(after, there).minus(TOLERANCE);
        Duration behind = Duration.between(there, before).minus(TOLERANCE);
        if (!ahead.isNegative()) {
            return List.of("the clock is " + ahead.plus(TOLERANCE).toSeconds() + " s ahead of this machine's");
        }
        return behind.isNegative()
                ? List.of()
                : List.of("the clock is " + behind.plus(TOLERANCE).toSeconds() + " s behind this machine's");
    }

    /** Where images lie on storage that does not answer, the question ends at its deadline. */
    private List<String> rights(Collection<VmDescription> vms) {
        Set<String> directories = new TreeSet<>();
        vms.stream()
                .flatMap(vm -> vm.disks().stream())
                .filter(disk ->
                        disk.type() == VmDescription.SourceType.FILE && disk.device() == VmDescription.Device.DISK)
                .flatMap(disk -> disk.source().stream())
                .filter(source -> source.startsWith("/"))
                .forEach(source -> directories.add(source.substring(0, Math.max(1, source.lastIndexOf('/')))));
        if (directories.isEmpty()) {
            return List.of();
        }
        try {
            return lines(LOCKED, directories).stream()
                    .map(directory ->
                            "the user who runs commands may not write to " + directory + ", where images of VMs lie")
                    .toList();
        } catch (DriverException e) {
            return List.of("whether the user who runs commands may write where images lie could not be determined: "
                    + e.getMessage());
        }
    }

    private List<String> lines(String script, Collection<String> arguments) {
        String[] command = Stream.concat(Stream.of("sh", "-c", script, "sh"), arguments.stream())
                .toArray(String[]::new);
        Commands.Result result = commands.run(Commands.Command.of(command).within(LIMIT));
        result.missingProgram("sh").ifPresent(program -> {
            throw Failures.program(program, "the node");
        });
        if (!result.succeeded()) {
            throw Failures.broken("the node could not be asked what it lacks: " + result.errors());
        }
        return result.output().lines().toList();
    }
}
