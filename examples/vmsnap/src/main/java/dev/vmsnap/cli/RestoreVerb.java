package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verdict;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "restore",
        description = "Bring a VM back to a snapshot. The disks' present content is lost; every snapshot stays.")
final class RestoreVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAP", description = "The snapshot.")
    private String snapshot = "";

    @Option(
            names = "--accept-drift",
            description = "Bring the snapshot's configuration back too when the VM's has changed since.")
    private boolean acceptDrift;

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        Snapshot wanted = session.lookup(named).snapshot(snapshot);
        SnapshotId id = wanted.id();
        Intent.Restore intent = intent(id, acceptDrift);
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, intent, wanted.volumes());
        }
        List<Verdict.Notice> notices = acceptDrift
                ? session.snapshots().check(named.id(), intent, session.actor()).notices()
                : List.of();
        Snapshot now = session.run(() -> session.snapshots().restore(named.id(), id, intent.drift(), session.actor()));
        session.output().done(Output.Deed.RESTORED, named, now, notices);
        return ExitCode.DONE;
    }

    static Intent.Restore intent(SnapshotId id, boolean acceptDrift) {
        return new Intent.Restore(id, acceptDrift ? Intent.Drift.RESTORE_CONFIGURATION : Intent.Drift.REFUSE);
    }
}
