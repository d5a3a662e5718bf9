package dev.vmsnap.cli;

import dev.vmsnap.RecoveryReport;
import picocli.CommandLine.Command;

@Command(name = "recover", description = "Finish or undo what earlier processes left open.")
final class RecoverVerb extends Verb {
    @Override
    int run(Session session) {
        RecoveryReport report = session.change(session.snapshots()::recover);
        session.output().recovered(report, session.vms().all());
        return report.clean() && report.recovered().stream().noneMatch(RecoverVerb::isForAPerson)
                ? ExitCode.DONE
                : ExitCode.REPAIR_NEEDED;
    }

    /** The disks of the VM may be between two states, and only a person can say what they are to be. */
    private static boolean isForAPerson(RecoveryReport.Recovered recovered) {
        return recovered.outcome() == RecoveryReport.Outcome.ABANDONED;
    }
}
