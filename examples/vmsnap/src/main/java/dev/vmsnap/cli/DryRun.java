package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import dev.vmsnap.Volume;
import java.util.List;
import picocli.CommandLine.Option;

/** Says what would be done, and does nothing. */
final class DryRun {
    @Option(names = "--dry-run", description = "Print the plan and do nothing.")
    private boolean wanted;

    boolean wanted() {
        return wanted;
    }

    int plan(Session session, Vm vm, Intent intent) {
        return plan(session, vm, intent, List.of());
    }

    /** For a restore: with the disks that it would bring back. */
    int plan(Session session, Vm vm, Intent intent, List<Volume> back) {
        Plan plan = session.snapshots().plan(vm.id(), intent, session.actor());
        session.output().plan(vm, plan, back);
        return plan.verdict().allowed() ? ExitCode.DONE : ExitCode.REFUSED;
    }
}
