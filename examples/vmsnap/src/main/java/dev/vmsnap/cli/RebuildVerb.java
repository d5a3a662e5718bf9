package dev.vmsnap.cli;

import dev.vmsnap.VmSnapshots.Rebuilt;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rebuild", description = "Make lost records again from the copies beside the disks.")
final class RebuildVerb extends Verb {
    @Parameters(paramLabel = "VM", arity = "0..1", description = "The VM; all that a node has if there is none.")
    private @Nullable String vm;

    @Option(names = "--dry-run", description = "Print what would be added and change nothing.")
    private boolean dryRun;

    @Override
    int run(Session session) {
        List<Vm> all = vm != null
                ? List.of(session.vms().known(vm))
                : session.snapshots().vms().stream()
                        .filter(found -> found.node().isPresent())
                        .map(VmLookup::vm)
                        .toList();
        Map<Vm, Rebuilt> rebuilt = new LinkedHashMap<>();
        for (Vm one : all) {
            rebuilt.put(
                    one,
                    dryRun
                            ? session.snapshots().previewRebuild(one.id(), session.actor())
                            : session.change(() -> session.snapshots().rebuild(one.id(), session.actor())));
        }
        session.output().rebuilt(rebuilt, dryRun);
        return ExitCode.DONE;
    }
}
