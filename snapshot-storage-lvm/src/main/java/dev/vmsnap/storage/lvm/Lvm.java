package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * LVM's commands on a node. Several that follow each other are given to one process, as a script that ends at the first
 * that fails: starting a process costs about as much as what it does.
 *
 * <p>Whatever changes something, and the look before it, holds a lock of the VM's on the node. So nobody begins while a
 * command is still at work whose caller has died or given up.
 */
final class Lvm {
    // LVM reads a script's lines into 256 bytes and takes them apart into 64 arguments.
    private static final int LONGEST_LINE = 250;
    private static final int MOST_ARGUMENTS = 60;
    // What the slowest disks still write.
    private static final long BYTES_PER_SECOND = 8L << 20;
    private static final String SCRIPT = "#!lvm\n";
    private static final int STILL_LOCKED = 75;

    private final Commands commands;
    private final Limits limits;
    private final Owner owner;
    private final Identities identities;

    Lvm(Commands commands, Limits limits, Owner owner, Identities identities) {
        this.commands = commands;
        this.limits = limits;
        this.owner = owner;
        this.identities = identities;
    }

    /** One command of LVM's: its name and its arguments. */
    static List<String> command(String... words) {
        return List.of(words);
    }

    /** For whom it works. */
    Owner owner() {
        return owner;
    }

    /**
     * Reports what volume groups hold. It takes no lock of LVM's, so that it waits for nobody: only the holder of the VM's
     * lease changes the VM's own volumes.
     *
     * @param wanted which groups
     * @return everything in the groups that the node shows; {@link Report#unseen} has the others
     */
    Report inspect(Collection<String> wanted) {
        return report(wanted, words -> commands.run(command(words).within(limits.deadline())));
    }

    /**
     * Reports what volume groups hold that will be changed: commands of an earlier process that still run are waited for.
     *
     * @param wanted which groups
     * @return everything that is in them
     * @throws DriverException if the node does not show one of them
     */
    Report inspectToChange(Collection<String> wanted) {
        Report report = report(wanted, words -> alone(words, "", limits.deadline()));
        report.unseen().values().stream().findFirst().ifPresent(why -> {
            throw LvmFailure.of(why.reason(), why.getMessage() + "; " + Unseen.remedy(why));
        });
        return report;
    }

    /** One group that fails says nothing about the others, and a report that failed is no proof of anything. */
    private Report report(Collection<String> wanted, Function<List<String>, Result> tool) {
        Report volumes = report("lvs", Report.FIELDS, wanted, tool);
        List<String> empty = wanted.stream()
                .filter(group ->
                        volumes.group(group).isEmpty() && !volumes.unseen().containsKey(group))
                .toList();
        return identities.proved(
                empty.isEmpty() ? volumes : volumes.and(report("vgs", Report.GROUP_FIELDS, empty, tool)));
    }

    private static Report report(
            String program, String fields, Collection<String> wanted, Function<List<String>, Result> tool) {
        List<String> words = new ArrayList<>(List.of(program, "--config", Report.CONFIG));
        if (program.equals("lvs")) {
            words.add("--all");
        }
        words.addAll(List.of("--nolocking", "--reportformat", "json", "--units", "b", "--nosuffix"));
        words.addAll(List.of("--options", fields));
        List<String> sorted = wanted.stream().sorted().toList();
        words.addAll(sorted);
        Result result = tool.apply(words);
        if (result.succeeded()) {
            return Report.parse(result.output());
        }
        if (sorted.size() > 1) {
            return sorted.stream()
                    .map(group -> report(program, fields, List.of(group), tool))
                    .reduce(Report.NONE, Report::and);
        }
        return Report.without(sorted, LvmFailure.unseen(sorted.get(0), result));
    }

    /** Runs commands one after the other until one fails, within the usual time. */
    void run(String what, List<List<String>> all) {
        run(what, all, limits.timeout());
    }

    /**
     * Runs commands one after the other until one fails.
     *
     * @param what what is being done, for people
     * @param all the commands
     * @param limit how long all of them may take together
     */
    void run(String what, List<List<String>> all, Duration limit) {
        if (all.isEmpty()) {
            return;
        }
        if (all.size() == 1 || !all.stream().allMatch(Lvm::fitsALine)) {
            all.forEach(words -> require(what, alone(words, "", limit)));
            return;
        }
        StringBuilder script = new StringBuilder(SCRIPT);
        all.forEach(words -> script.append(String.join(" ", words)).append('\n'));
        require(what, alone(List.of("lvm", "/proc/self/fd/0"), script.toString(), limit));
    }

    /**
     * Runs any program of the node.
     *
     * @param what what is being done, for people
     * @param words the program and its arguments
     * @param input what it reads
     * @param limit how long it may take
     */
    void program(String what, List<String> words, String input, Duration limit) {
        require(what, alone(words, input, limit));
    }

    /** Runs any program of the node and returns what it prints, at most so many bytes. */
    String output(String what, List<String> words, int most) {
        Result result = mine(commands.run(new Command(locked(words).arguments(), "", limits.timeout(), most)));
        require(what, result);
        return result.output();
    }

    /**
     * Runs any program of the node and tells what it prints as it does so.
     *
     * @param what what is being done, for people
     * @param words the program and its arguments
     * @param limit how long it may take
     * @param wanted told what it prints; false ends it
     */
    void watched(String what, List<String> words, Duration limit, Predicate<String> wanted) {
        require(what, mine(commands.run(locked(words).within(limit.plus(limits.timeout())), wanted)));
    }

    /** The usual time, and what it takes besides to write so many bytes. */
    Duration limit(long bytes) {
        return limits.timeout().plusSeconds(bytes / BYTES_PER_SECOND);
    }

    private static boolean fitsALine(List<String> words) {
        return words.size() <= MOST_ARGUMENTS && String.join(" ", words).length() <= LONGEST_LINE;
    }

    /** LVM closes every file that it did not open itself, so the lock stays with the process that waits for it. */
    private Result alone(List<String> words, String input, Duration limit) {
        return mine(commands.run(locked(words).reading(input).within(limit.plus(limits.timeout()))));
    }

    private Command locked(List<String> words) {
        return command(words)
                .behind(List.of(
                        "flock",
                        "-w",
                        Long.toString(Math.max(1, limits.timeout().toSeconds())),
                        "-E",
                        Integer.toString(STILL_LOCKED),
                        Names.lock(owner)));
    }

    private Result mine(Result result) {
        if (result.exitCode() == STILL_LOCKED) {
            throw LvmFailure.of(
                    Reason.IN_USE,
                    "an earlier command is still at work on the volumes of VM " + owner.vm() + " (" + Names.lock(owner)
                            + " is locked)");
        }
        return result;
    }

    private static Command command(List<String> words) {
        return Command.of(words.toArray(String[]::new));
    }

    private static void require(String what, Result result) {
        if (!result.succeeded()) {
            throw LvmFailure.of(what, result);
        }
    }
}
