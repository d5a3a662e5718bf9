package dev.vmsnap.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "usage",
        description = "Show what each snapshot of a VM takes, and how full it is, where the storage can tell.")
final class UsageVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        Usages usages = session.usages(named);
        // Looking can have found a snapshot that is lost, so the tree is read afterwards.
        session.output().usage(named, session.tree(named), usages);
        return ExitCode.DONE;
    }
}
