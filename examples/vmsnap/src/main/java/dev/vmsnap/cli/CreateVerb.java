package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "create", description = "Take a snapshot.")
final class CreateVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Mixin
    private SpecOptions options = new SpecOptions();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        SnapshotSpec spec = options.spec(session.clock());
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, new Intent.Create(spec));
        }
        Snapshot made = session.run(() -> session.snapshots().create(named.id(), spec, session.actor()));
        session.output().done(Output.Deed.CREATED, named, made);
        return ExitCode.DONE;
    }
}
