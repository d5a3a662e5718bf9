package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmSnapshots.Restored;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = {
            "Bring a VM back to a snapshot.",
            "The present content of the disks is lost; every snapshot stays."
        })
final class RestoreVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAP", description = "The snapshot.")
    private String snapshot = "";

    @Mixin
    private RestoreChoices choices = new RestoreChoices();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Mixin
    private Consent consent = new Consent();

    @Override
    int run(Session session) {
        Intent.RestoreOptions wanted = choices.options();
        Vm named = session.vms().known(vm);
        Snapshot back = session.lookup(named).snapshot(snapshot);
        Intent.Restore intent = new Intent.Restore(back.id(), wanted);
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, intent, back.volumes());
        }
        List<Verdict.Notice> notices = session.notices(named, intent);
        consent.require(
                session,
                "Bring \"" + named.name() + "\" back to \"" + back.name()
                        + "\"? The present content of its disks is lost.");
        Restored restored =
                session.run(() -> session.snapshots().restore(named.id(), back.id(), wanted, session.actor()));
        session.output().restored(named, restored, notices);
        return ExitCode.DONE;
    }
}
