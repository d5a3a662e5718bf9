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
        Usages usages = session.usages(named);
        // Looking can have found a snapshot that is lost, so the tree is read afterwards.
        session.output().status(seen, session.tree(named), usages);
        return ExitCode.DONE;
    }
}
