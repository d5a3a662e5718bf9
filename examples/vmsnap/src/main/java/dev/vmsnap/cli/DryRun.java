package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Plan;
import picocli.CommandLine.Option;

/** Says what would be done, and does nothing. */
final class DryRun {
    @Option(names = "--dry-run", description = "Print the plan and do nothing.")
    private boolean wanted;

    boolean wanted() {
        return wanted;
    }

    int plan(Session session, Vm vm, Intent intent) {
        Plan plan = session.snapshots().plan(vm.id(), intent, session.actor());
        session.output().plan(vm, plan);
        return plan.verdict().allowed() ? ExitCode.DONE : ExitCode.REFUSED;
    }
}
