package dev.vmsnap.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "tree", description = "Show a VM's snapshots as a tree, with the VM's present state.")
final class TreeVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        session.output().tree(named, session.tree(named));
        return ExitCode.DONE;
    }
}
