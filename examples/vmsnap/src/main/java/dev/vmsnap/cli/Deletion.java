package dev.vmsnap.cli;

import dev.vmsnap.Operation;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import java.util.List;
import java.util.function.Supplier;

/** Deletes and tells what went. */
final class Deletion {
    private Deletion() {}

    static int run(Session session, Vm vm, Supplier<Operation<SnapshotTree>> operation) {
        SnapshotTree before = session.tree(vm);
        SnapshotTree left = session.run(operation);
        List<Snapshot> gone = before.snapshots().stream()
                .filter(snapshot -> left.find(snapshot.id()).isEmpty())
                .toList();
        session.output().deleted(vm, gone, left);
        return ExitCode.DONE;
    }
}
