package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
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
    private final Duration timeout;
    private final Owner owner;

    Lvm(Commands commands, Duration timeout, Owner owner) {
        this.commands = commands;
        this.timeout = timeout;
        this.owner = owner;
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
     * Looks at volume groups. It takes no lock of LVM's, so that it waits for nobody: what the VM's own volumes are is
     * changed only under its lease.
     *
     * @param groups which
     * @param toChange whether something will be changed, so that commands which are still at work are waited for
     * @return everything that is in them; a group that is not there is not in the report
     */
    Report look(Collection<String> groups, boolean toChange) {
        List<String> words = new ArrayList<>(List.of(
                "lvs",
                "--all",
                "--nolocking",
                "--reportformat",
                "json",
                "--units",
                "b",
                "--nosuffix",
                "--options",
                Report.FIELDS));
        words.addAll(groups.stream().sorted().toList());
        Result result = toChange
                ? alone(words, "", timeout)
                : commands.run(command(words).within(timeout));
        // A group that is missing makes it fail after it has told of the others.
        if (!result.succeeded() && result.output().isBlank()) {
            throw LvmFailure.of("look at " + String.join(", ", groups), result);
        }
        return Report.parse(result.output(), result.succeeded() ? "" : LvmFailure.told(result.errors()));
    }

    /** Runs commands one after the other until one fails, within the usual time. */
    void run(String what, List<List<String>> all) {
        run(what, all, timeout);
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

    /**
     * Runs any program of the node and tells what it prints as it does so.
     *
     * @param what what is being done, for people
     * @param words the program and its arguments
     * @param limit how long it may take
     * @param wanted told what it prints; false ends it
     */
    void watched(String what, List<String> words, Duration limit, Predicate<String> wanted) {
        require(what, mine(commands.run(locked(words).within(limit.plus(timeout)), wanted)));
    }

    /** The usual time, and what it takes besides to write so many bytes. */
    Duration limit(long bytes) {
        return timeout.plusSeconds(bytes / BYTES_PER_SECOND);
    }

    private static boolean fitsALine(List<String> words) {
        return words.size() <= MOST_ARGUMENTS && String.join(" ", words).length() <= LONGEST_LINE;
    }

    /** LVM closes every file that it did not open itself, so the lock stays with the process that waits for it. */
    private Result alone(List<String> words, String input, Duration limit) {
        return mine(commands.run(locked(words).reading(input).within(limit.plus(timeout))));
    }

    private Command locked(List<String> words) {
        List<String> locked = new ArrayList<>(List.of(
                "flock",
                "-w",
                Long.toString(Math.max(1, timeout.toSeconds())),
                "-E",
                Integer.toString(STILL_LOCKED),
                Names.lock(owner)));
        locked.addAll(words);
        return command(locked);
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
