package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "edit", description = "Change a snapshot's name or comment.")
final class EditVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(index = "1", paramLabel = "SNAP", description = "The snapshot.")
    private String snapshot = "";

    @Option(names = "--name", paramLabel = "NAME", description = "The new name.")
    private @Nullable String name;

    @Option(names = "--comment", paramLabel = "TEXT", description = "The new comment.")
    private @Nullable String comment;

    @Override
    int run(Session session) {
        if (name == null && comment == null) {
            throw new UsageException("edit wants --name, --comment or both.");
        }
        Vm named = session.vms().known(vm);
        Snapshot old = session.lookup(named).snapshot(snapshot);
        String newName = Objects.requireNonNullElse(name, old.name());
        String newComment = Objects.requireNonNullElse(comment, old.comment());
        Snapshot now = session.change(
                () -> session.snapshots().edit(named.id(), old.id(), newName, newComment, session.actor()));
        session.output().done(Output.Deed.EDITED, named, now, List.of());
        return ExitCode.DONE;
    }
}
