package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "edit", description = "Change what is said of a snapshot; what is not named stays.")
final class EditVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAP", description = "The snapshot.")
    private String snapshot = "";

    @Mixin
    private LabelOptions labels = new LabelOptions();

    @Mixin
    private RetractOptions retracted = new RetractOptions();

    @Override
    int run(Session session) {
        if (!labels.any() && !retracted.any()) {
            throw new UsageException(
                    "edit wants --name, --comment, --tag, --untag, --expires or --never-expires, or several of them.");
        }
        Vm named = session.vms().known(vm);
        Snapshot old = session.lookup(named).snapshot(snapshot);
        Snapshot.Labels said = retracted.changed(old.labels(), labels, session.clock());
        Snapshot now = session.change(() -> session.snapshots().edit(named.id(), old.id(), said, session.actor()));
        session.output().done(Output.Deed.EDITED, named, now);
        return ExitCode.DONE;
    }
}
