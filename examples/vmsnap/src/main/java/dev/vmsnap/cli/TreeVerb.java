package dev.vmsnap.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(name = "tree", description = "Show a VM's snapshots as a tree, with the VM's present state.")
final class TreeVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Mixin
    private UsageOption usage = new UsageOption();

    @Override
    int run(Session session) {
        session.output().tree(usage.of(session, session.vms().recorded(vm)));
        return ExitCode.DONE;
    }
}
