package dev.vmsnap.cli;

import picocli.CommandLine.Command;

@Command(name = "vms", description = "List all VMs; a marker stands before those that have snapshots.")
final class VmsVerb extends Verb {
    @Override
    int run(Session session) {
        session.output().vms(session.snapshots().vmList());
        return ExitCode.DONE;
    }
}
