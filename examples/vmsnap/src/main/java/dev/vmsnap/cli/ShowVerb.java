package dev.vmsnap.cli;

import dev.vmsnap.SnapshotTree;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "show", description = "Show everything that is known of a snapshot.")
final class ShowVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAP", description = "The snapshot.")
    private String snapshot = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        Usages usages = session.usagesIfPossible(named);
        SnapshotTree tree = session.tree(named);
        session.output().show(named, tree, new SnapshotLookup(named, tree).snapshot(snapshot), usages);
        return ExitCode.DONE;
    }
}
