package dev.vmsnap.cli;

import dev.vmsnap.RecoveryReport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "recover", description = "Finish or undo what earlier processes left open.")
final class RecoverVerb extends Verb {
    @Parameters(
            paramLabel = "VM",
            arity = "0..1",
            description = "The VM; of one that is off leaked space is freed too. All VMs if there is none.")
    private @Nullable String vm;

    @Override
    int run(Session session) {
        String wanted = vm;
        RecoveryReport report = wanted == null
                ? session.change(session.snapshots()::recover)
                : session.change(() ->
                        session.snapshots().recover(session.vms().known(wanted).id()));
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
