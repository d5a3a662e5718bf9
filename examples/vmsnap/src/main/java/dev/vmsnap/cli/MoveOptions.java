package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import java.util.List;
import picocli.CommandLine.Option;

/** Where disks are on the node that a VM goes to. */
final class MoveOptions {
    @Option(
            names = "--disk",
            paramLabel = "DISK=PLACE",
            converter = Pair.Reader.class,
            description = "A disk that is elsewhere on that node, such as vda=/new/vda.qcow2; repeat it for more.")
    private List<Pair> disks = List.of();

    Intent.Migrate to(String node) {
        return new Intent.Migrate(node, Pair.places("--disk", disks));
    }
}
