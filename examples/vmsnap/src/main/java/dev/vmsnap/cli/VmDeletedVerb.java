package dev.vmsnap.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "vm-deleted",
        description = "Tell that a VM was deleted: its snapshots go and everything about it is forgotten.")
final class VmDeletedVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM; its UUID when no node has it any more.")
    private String vm = "";

    @Mixin
    private Consent consent = new Consent();

    @Override
    int run(Session session) {
        Vm named = session.vms().any(vm);
        consent.require(
                session,
                "Delete " + Units.count(session.tree(named).size(), "snapshot") + " of \"" + named.name()
                        + "\" and forget it?");
        return Deletion.run(session, named, () -> session.snapshots().vmDeleted(named.id(), session.actor()));
    }
}
