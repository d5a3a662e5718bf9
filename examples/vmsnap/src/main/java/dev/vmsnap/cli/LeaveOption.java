package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import picocli.CommandLine.Option;

/** Decides how a deletion treats snapshots of which no part answers. */
final class LeaveOption {
    @Option(
            names = "--leave-unreachable",
            description = "Also delete snapshots of which no part can be reached now; recover deletes the parts later.")
    private boolean leave;

    Intent.Unreachable unreachable() {
        return leave ? Intent.Unreachable.LEAVE : Intent.Unreachable.REFUSE;
    }
}
