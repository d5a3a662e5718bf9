package dev.vmsnap.cli;

import dev.vmsnap.SnapshotException;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.VmSnapshots.VmList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "rebuild",
        description = {
            "Make lost records again from the copies beside the disks.",
            "Of several VMs one that fails keeps no other from it; the exit code is that of the first that failed."
        })
final class RebuildVerb extends Verb {
    @Parameters(paramLabel = "VM", arity = "0..1", description = "The VM; all that a node has if there is none.")
    private @Nullable String vm;

    @Option(names = "--dry-run", description = "Print what would be added and change nothing.")
    private boolean dryRun;

    @Override
    int run(Session session) {
        Function<Vm, Rebuilt> work = one -> dryRun
                ? session.snapshots().previewRebuild(one.id(), session.actor())
                : session.change(() -> session.snapshots().rebuild(one.id(), session.actor()));
        if (vm != null) {
            Vm one = session.vms().known(vm);
            Rebuilt rebuilt = work.apply(one);
            session.output()
                    .rebuilt(
                            List.of(new RebuildOutcome(one, Optional.of(rebuilt), Optional.empty())),
                            List.of(),
                            dryRun);
            return ExitCode.DONE;
        }
        VmList list = session.snapshots().vmList();
        List<RebuildOutcome> outcomes = list.vms().stream()
                .filter(found -> found.node().isPresent())
                .map(found -> outcome(VmLookup.vm(found), work))
                .toList();
        session.output().rebuilt(outcomes, list.silentNodes(), dryRun);
        return outcomes.stream()
                .flatMap(one -> one.failure().stream())
                .findFirst()
                .map(Failure::exitCode)
                .orElse(list.silentNodes().isEmpty() ? ExitCode.DONE : ExitCode.REPAIR_NEEDED);
    }

    private static RebuildOutcome outcome(Vm one, Function<Vm, Rebuilt> work) {
        try {
            return new RebuildOutcome(one, Optional.of(work.apply(one)), Optional.empty());
        } catch (SnapshotException e) {
            return new RebuildOutcome(one, Optional.empty(), Optional.of(Failure.of(e)));
        }
    }
}
