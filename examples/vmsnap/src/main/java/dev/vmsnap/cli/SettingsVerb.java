package dev.vmsnap.cli;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SnapshotSettings.Explanation;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "settings", description = "Show the settings in force for a VM, or change what the VM itself says.")
final class SettingsVerb extends Verb {
    @Parameters(paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Mixin
    private ChoiceOptions options = new ChoiceOptions();

    @Option(names = "--explain", description = "Tell which level decided each value.")
    private boolean explain;

    @Override
    int run(Session session) {
        Vm named = session.vms().any(vm);
        SettingsChoice before = session.snapshots().choice(named.id());
        SettingsChoice after = options.on(before);
        Explanation settings = options.any()
                ? session.change(() -> session.snapshots().configure(named.id(), after, session.actor()))
                : session.snapshots().settings(named.id());
        session.output().settings(named, settings, after, explain);
        return ExitCode.DONE;
    }
}
