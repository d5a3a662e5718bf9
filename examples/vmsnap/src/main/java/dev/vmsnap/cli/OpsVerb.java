package dev.vmsnap.cli;

import picocli.CommandLine.Command;

@Command(name = "ops", description = "List the operations that run now, in any process that uses the same store.")
final class OpsVerb extends Verb {
    @Override
    int run(Session session) {
        session.output()
                .operations(session.snapshots().operations(), session.vms().all());
        return ExitCode.DONE;
    }
}
