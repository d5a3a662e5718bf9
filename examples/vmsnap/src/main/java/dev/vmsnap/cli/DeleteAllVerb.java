package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "delete-all", description = "Delete every snapshot of a VM.")
final class DeleteAllVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Mixin
    private LeaveOption leave = new LeaveOption();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Mixin
    private Consent consent = new Consent();

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        Intent.DeleteAll intent = new Intent.DeleteAll(leave.unreachable());
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, intent);
        }
        consent.require(
                session,
                "Delete " + Units.count(session.tree(named).size(), "snapshot") + ", all of \"" + named.name() + "\"?");
        return Deletion.run(session, named, () -> session.snapshots().deleteAll(named.id(), intent, session.actor()));
    }
}
