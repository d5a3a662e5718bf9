package dev.vmsnap.cli;

import dev.vmsnap.SnapshotSettings.Explanation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "unassign", description = "Take a VM from its settings template; the defaults take its place.")
final class UnassignVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().any(vm);
        Explanation settings = session.change(() -> session.snapshots().unassign(named.id(), session.actor()));
        session.output().settings(named, settings, session.snapshots().choice(named.id()), true);
        return ExitCode.DONE;
    }
}
