package dev.vmsnap.cli;

import dev.vmsnap.SnapshotSettings.Explanation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "assign", description = "Assign a VM to a settings template.")
final class AssignVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "TEMPLATE", description = "The template.")
    private String template = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().any(vm);
        Explanation settings = session.change(() -> session.snapshots().assign(named.id(), template, session.actor()));
        session.output().settings(named, settings, session.snapshots().choice(named.id()), true);
        return ExitCode.DONE;
    }
}
