package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where copies of disks go. */
final class CopyOptions {
    @Option(
            names = "--to",
            paramLabel = "DISK=PLACE",
            converter = Pair.Reader.class,
            description =
                    "A disk to copy, and the file or logical volume that its copy will be: vda=/images/copy.qcow2;"
                            + " repeat it for more.")
    private List<Pair> to = List.of();

    boolean any() {
        return !to.isEmpty();
    }

    Intent.Clone of(Optional<Snapshot> snapshot) {
        return new Intent.Clone(snapshot.map(Snapshot::id), Pair.places("--to", to));
    }
}
