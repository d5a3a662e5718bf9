package dev.vmsnap.cli;

import dev.vmsnap.VmOverview;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        description = "Show where a VM is, what it does, and its snapshots with what they take on storage.")
final class StatusVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Override
    int run(Session session) {
        VmOverview seen = session.vms().overview(vm);
        Vm named = VmLookup.vm(seen);
        session.output().status(seen, session.inventory(named, session.usagesIfPossible(named)));
        return ExitCode.DONE;
    }
}
