package dev.vmsnap.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "usage",
        description =
                "Show what each snapshot of a VM takes, what deleting it frees, and how full it is, where the storage can"
                        + " tell.")
final class UsageVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Override
    int run(Session session) {
        Vm named = session.vms().known(vm);
        session.output().usage(session.inventory(named, session.usages(named)));
        return ExitCode.DONE;
    }
}
