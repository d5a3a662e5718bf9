package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import picocli.CommandLine.Option;

/** What a restore does when the VM is no longer what the snapshot has of it. */
final class DriftOptions {
    @Option(
            names = "--accept-drift",
            description = "For a VM that has changed since: bring the snapshot's configuration back too.")
    private boolean accept;

    @Option(
            names = "--keep-configuration",
            description = "For a VM that has changed since: bring the disks of the snapshot back and nothing else."
                    + " Not with RAM.")
    private boolean keep;

    boolean any() {
        return accept || keep;
    }

    Intent.Drift drift() {
        if (accept && keep) {
            throw new UsageException("--accept-drift and --keep-configuration exclude each other.");
        }
        if (keep) {
            return Intent.Drift.KEEP_CONFIGURATION;
        }
        return accept ? Intent.Drift.RESTORE_CONFIGURATION : Intent.Drift.REFUSE;
    }
}
