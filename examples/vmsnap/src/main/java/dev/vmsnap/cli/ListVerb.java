package dev.vmsnap.cli;

import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmOverview;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "list", description = "List all snapshots of all VMs, or of one.")
final class ListVerb extends Verb {
    @Parameters(paramLabel = "VM", arity = "0..1", description = "The VM; all when there is none.")
    private @Nullable String vm;

    @Override
    int run(Session session) {
        Map<Vm, SnapshotTree> trees = new LinkedHashMap<>();
        if (vm != null) {
            Vm named = session.vms().known(vm);
            trees.put(named, session.tree(named));
        } else {
            for (VmOverview seen : session.snapshots().vms()) {
                if (seen.hasSnapshots()) {
                    trees.put(VmLookup.vm(seen), session.snapshots().tree(seen.vm()));
                }
            }
        }
        session.output().list(trees);
        return ExitCode.DONE;
    }
}
