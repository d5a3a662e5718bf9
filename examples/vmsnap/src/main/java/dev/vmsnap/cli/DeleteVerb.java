package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.SnapshotId;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "delete", description = "Delete snapshots; children that stay move up.")
final class DeleteVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "SNAP", description = "The snapshots.")
    private List<String> snapshots = List.of();

    @Option(names = "--children", description = "Delete everything below them too.")
    private boolean children;

    @Mixin
    private LeaveOption leave = new LeaveOption();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Mixin
    private Consent consent = new Consent();

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        SnapshotLookup lookup = session.lookup(named);
        Set<SnapshotId> ids = snapshots.stream()
                .map(reference -> lookup.snapshot(reference).id())
                .collect(Collectors.toSet());
        Intent.Delete intent = new Intent.Delete(ids, children, leave.unreachable());
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, intent);
        }
        consent.require(
                session,
                "Delete " + Units.count(ids.size(), "snapshot") + (children ? " and everything below" : "") + " of \""
                        + named.name() + "\"?");
        return Deletion.run(session, named, () -> session.snapshots().delete(named.id(), intent, session.actor()));
    }
}
