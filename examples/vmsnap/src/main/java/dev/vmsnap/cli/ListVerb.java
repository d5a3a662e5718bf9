package dev.vmsnap.cli;

import dev.vmsnap.VmOverview;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "list", description = "List all snapshots of all VMs, or of one.")
final class ListVerb extends Verb {
    @Parameters(paramLabel = "VM", arity = "0..1", description = "The VM; all when there is none.")
    private @Nullable String vm;

    @Mixin
    private UsageOption usage = new UsageOption();

    @Override
    int run(Session session) {
        List<Vm> vms = vm != null
                ? List.of(session.vms().known(vm))
                : session.snapshots().vms().stream()
                        .filter(VmOverview::hasSnapshots)
                        .map(VmLookup::vm)
                        .toList();
        session.output().list(vms.stream().map(one -> usage.of(session, one)).toList());
        return ExitCode.DONE;
    }
}
