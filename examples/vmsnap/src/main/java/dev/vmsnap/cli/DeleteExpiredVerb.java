package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;

@Command(
        name = "delete-expired",
        description = {
            "Delete the snapshots of all VMs whose time is over.",
            "A VM that cannot be worked on now keeps no other from it; the exit code is that of the first that failed."
        })
final class DeleteExpiredVerb extends Verb {
    @Override
    int run(Session session) {
        Map<VmId, Vm> vms = session.vms().all();
        List<Snapshot> before = snapshots(session);
        List<VmSnapshots.Expired> over =
                session.change(() -> session.snapshots().deleteExpired(session.actor()));
        Set<SnapshotId> left = snapshots(session).stream().map(Snapshot::id).collect(Collectors.toSet());
        List<Due> due = over.stream()
                .map(one -> due(one, VmLookup.named(vms, one.vm()), before, left))
                .toList();
        session.output().expired(due);
        return due.stream()
                .flatMap(one -> one.failure().stream())
                .findFirst()
                .map(Failure::exitCode)
                .orElse(ExitCode.DONE);
    }

    private static List<Snapshot> snapshots(Session session) {
        return session.snapshots().trees().stream()
                .map(SnapshotTree::snapshots)
                .flatMap(List::stream)
                .toList();
    }

    private static Due due(VmSnapshots.Expired one, Vm vm, List<Snapshot> before, Set<SnapshotId> left) {
        Map<Boolean, List<Snapshot>> isLeft = before.stream()
                .filter(snapshot -> one.snapshots().contains(snapshot.id()))
                .collect(Collectors.partitioningBy(snapshot -> left.contains(snapshot.id())));
        return new Due(
                vm,
                isLeft.getOrDefault(false, List.of()),
                isLeft.getOrDefault(true, List.of()),
                one.failure().map(Failure::of));
    }
}
