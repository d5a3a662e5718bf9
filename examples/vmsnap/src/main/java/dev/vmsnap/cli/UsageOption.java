package dev.vmsnap.cli;

import picocli.CommandLine.Option;

/** Whether storage is looked at too. */
final class UsageOption {
    @Option(names = "--usage", description = "Look on the storage too, and show what each snapshot takes.")
    private boolean wanted;

    Inventory of(Session session, Vm vm) {
        return wanted ? session.inventory(vm, session.usagesIfPossible(vm)) : session.inventory(vm);
    }
}
