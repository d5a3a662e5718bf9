package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.SnapshotTree;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "migrate",
        description = {
            "Take a VM that is off, with its snapshots, to another node.",
            "Its disks are there already: on storage that both nodes reach, or as files that you have copied as they are."
        })
final class MigrateVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Option(names = "--to", paramLabel = "NODE", required = true, description = "The node to take it to.")
    private String node = "";

    @Mixin
    private MoveOptions disks = new MoveOptions();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    int run(Session session) {
        Intent.Migrate where = disks.to(node);
        Vm named = session.vms().known(vm);
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, where);
        }
        SnapshotTree tree = session.run(() -> session.snapshots().migrate(named.id(), where, session.actor()));
        session.output().migrated(named, node, tree);
        return ExitCode.DONE;
    }
}
