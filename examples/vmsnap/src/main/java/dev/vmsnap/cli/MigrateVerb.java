package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.SnapshotTree;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "migrate",
        description = "Take a VM that is off, with its snapshots, to another node that reaches the same volume groups.")
final class MigrateVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Option(names = "--to", paramLabel = "NODE", required = true, description = "The node to take it to.")
    private String node = "";

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, new Intent.Migrate(node));
        }
        SnapshotTree tree = session.run(() -> session.snapshots().migrate(named.id(), node, session.actor()));
        session.output().migrated(named, node, tree);
        return ExitCode.DONE;
    }
}
