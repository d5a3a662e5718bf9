package dev.vmsnap.cli;

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
        Vm named = session.vms().recorded(vm);
        Inventory all = session.inventory(named, session.usagesIfPossible(named));
        session.output().show(all, new SnapshotLookup(named, all.tree()).snapshot(snapshot));
        return ExitCode.DONE;
    }
}
