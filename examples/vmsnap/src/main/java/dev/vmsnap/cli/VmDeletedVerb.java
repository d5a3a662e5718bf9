package dev.vmsnap.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "vm-deleted",
        description = "Tell that a VM was deleted: its snapshots go and everything about it is forgotten.")
final class VmDeletedVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM; its UUID when no node has it any more.")
    private String vm = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().any(vm);
        return Deletion.run(session, named, () -> session.snapshots().vmDeleted(named.id(), session.actor()));
    }
}
