package dev.vmsnap.cli;

import dev.vmsnap.RecoveryReport;
import picocli.CommandLine.Command;

@Command(name = "recover", description = "Finish or undo what earlier processes left open.")
final class RecoverVerb extends Verb {
    @Override
    int run(Session session) {
        RecoveryReport report = session.change(session.snapshots()::recover);
        session.output().recovered(report);
        return report.clean() ? ExitCode.DONE : ExitCode.REPAIR_NEEDED;
    }
}
