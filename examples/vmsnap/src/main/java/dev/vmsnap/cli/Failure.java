package dev.vmsnap.cli;

import dev.vmsnap.BusyException;
import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.NoSuchSnapshotException;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.RepairNeededException;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.StillRunningException;
import dev.vmsnap.StoreException;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * How a run failed: the one place where exceptions become kinds and exit codes.
 *
 * @param kind stable word
 * @param exitCode as in {@link ExitCode}
 * @param message what happened
 * @param recovery how to go on; may be empty
 * @param refusals why it was refused
 * @param leftovers what could not be undone
 * @param busy the operation that was in the way
 * @param reason what kind of failure of a hypervisor, storage or store it was
 */
record Failure(
        String kind,
        int exitCode,
        String message,
        String recovery,
        List<Refusal> refusals,
        List<RepairNeededException.Leftover> leftovers,
        Optional<BusyException> busy,
        Optional<DriverException.Reason> reason) {

    /** Says of a VM that is busy what people call it, and since when in their own time. */
    Failure inWordsOf(Names names, ZoneId zone) {
        return busy.map(other -> new Failure(
                        kind,
                        exitCode,
                        "VM \"" + names.of(other.vm()) + "\" is busy with " + Choices.word(other.verb())
                                + " (operation " + other.operation() + ") since " + Units.second(other.since(), zone)
                                + ".",
                        recovery,
                        refusals,
                        leftovers,
                        busy,
                        reason))
                .orElse(this);
    }

    /** Of a run of a command. */
    static Failure of(Throwable thrown, CommandLine command) {
        if (thrown instanceof ParameterException parameter) {
            return usage(parameter);
        }
        if (thrown instanceof UsageException) {
            return plain("usage", ExitCode.USAGE, message(thrown), help(command));
        }
        if (thrown instanceof SnapshotException known) {
            return of(known);
        }
        return plain(
                "internal",
                ExitCode.INTERNAL,
                "vmsnap has a bug: " + thrown,
                "Look at the VM with 'vmsnap doctor', and run again with --verbose for the whole story.");
    }

    private static Failure usage(ParameterException thrown) {
        CommandLine at = thrown.getCommandLine();
        if (!(thrown instanceof UnmatchedArgumentException unmatched)) {
            return plain("usage", ExitCode.USAGE, sentence(message(thrown)), help(at));
        }
        boolean verb = at.getParent() == null && !unmatched.isUnknownOption();
        String what = verb ? "There is no verb '" + unmatched.getUnmatched().get(0) + "'." : sentence(message(thrown));
        String likely = unmatched.getSuggestions().isEmpty()
                ? ""
                : " Did you mean: " + String.join(", ", unmatched.getSuggestions()) + "?";
        return plain("usage", ExitCode.USAGE, what + likely, help(at));
    }

    private static String help(CommandLine command) {
        return "See '" + command.getCommandSpec().qualifiedName() + " --help'.";
    }

    private static String sentence(String text) {
        return text.endsWith(".") ? text : text + ".";
    }

    /** Of what the library said. */
    static Failure of(SnapshotException thrown) {
        if (thrown instanceof RefusedException refused) {
            return refused(thrown, refused.refusals());
        }
        if (thrown instanceof NoSuchSnapshotException) {
            return refused(
                    thrown, List.of(Refusal.of(Refusal.Code.SNAPSHOT_NOT_FOUND, message(thrown), thrown.recovery())));
        }
        if (thrown instanceof BusyException busy) {
            return new Failure(
                    "busy",
                    ExitCode.BUSY,
                    message(thrown),
                    thrown.recovery(),
                    List.of(),
                    List.of(),
                    Optional.of(busy),
                    Optional.empty());
        }
        if (thrown instanceof RepairNeededException repair) {
            return new Failure(
                    "repair-needed",
                    ExitCode.REPAIR_NEEDED,
                    message(thrown),
                    repair.getCause() instanceof StoreException store
                            ? store.recovery() + " Then run 'vmsnap recover'."
                            : "Run 'vmsnap recover' when the node and the storage are back.",
                    List.of(),
                    repair.leftovers(),
                    Optional.empty(),
                    Optional.empty());
        }
        if (thrown instanceof StoreException store) {
            return new Failure(
                    "store",
                    ExitCode.STORE,
                    message(thrown),
                    thrown.recovery(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.of(store.reason()));
        }
        if (thrown instanceof DriverException driver) {
            return new Failure(
                    "failed",
                    ExitCode.UNDONE,
                    message(thrown),
                    thrown.recovery(),
                    List.of(),
                    List.of(),
                    Optional.empty(),
                    Optional.of(driver.reason()));
        }
        if (thrown instanceof StillRunningException) {
            return plain("still-running", ExitCode.BUSY, message(thrown), thrown.recovery());
        }
        return plain(
                thrown instanceof CancelledException ? "cancelled" : "failed",
                ExitCode.UNDONE,
                message(thrown),
                thrown.recovery());
    }

    private static Failure refused(SnapshotException thrown, List<Refusal> refusals) {
        return new Failure(
                "refused",
                ExitCode.REFUSED,
                message(thrown),
                thrown.recovery(),
                refusals,
                List.of(),
                Optional.empty(),
                Optional.empty());
    }

    private static Failure plain(String kind, int exitCode, String message, String recovery) {
        return new Failure(kind, exitCode, message, recovery, List.of(), List.of(), Optional.empty(), Optional.empty());
    }

    private static String message(Throwable thrown) {
        return String.valueOf(thrown.getMessage());
    }
}
