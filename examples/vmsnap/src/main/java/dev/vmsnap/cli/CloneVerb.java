package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "clone",
        description = {
            "Copy disks of a VM, as they are or as a snapshot has them.",
            "The VM may run. The copies are of one instant and have no snapshots and no RAM; the new VM you define."
        })
final class CloneVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SNAP",
            description = "The snapshot to copy; the present state when there is none.")
    private @Nullable String snapshot;

    @Mixin
    private CopyOptions copies = new CopyOptions();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    int run(Session session) {
        if (!copies.any()) {
            throw new UsageException("clone wants --to DISK=PLACE for each disk that it copies.");
        }
        Vm named = session.vms().known(vm);
        Optional<Snapshot> of =
                Optional.ofNullable(snapshot).map(s -> session.lookup(named).snapshot(s));
        Intent.Clone intent = copies.of(of);
        if (dryRun.wanted()) {
            return dryRun.plan(session, named, intent);
        }
        List<Verdict.Notice> notices = session.notices(named, intent);
        List<Volume> made = session.run(() -> session.snapshots().clone(named.id(), intent, session.actor()));
        session.output().cloned(named, of, made, notices);
        return ExitCode.DONE;
    }
}
