package dev.vmsnap.cli;

import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds the snapshot that a person means: by id, by a name that only one has, or by the beginning of an id. */
final class SnapshotLookup {
    static final int SHORTEST_PREFIX = 8;

    private static final Pattern ID_BEGINNING = Pattern.compile("s[0-9a-f]{1,6}");

    private final Vm vm;
    private final SnapshotTree tree;

    SnapshotLookup(Vm vm, SnapshotTree tree) {
        this.vm = vm;
        this.tree = tree;
    }

    Snapshot snapshot(String reference) {
        return find(reference)
                .orElseThrow(() -> new RefusedException(List.of(new Refusal(
                        Refusal.Code.SNAPSHOT_NOT_FOUND,
                        "VM \"" + vm.name() + "\" has no snapshot \"" + reference + "\"" + hint(reference) + ".",
                        "Look at 'vmsnap tree' for the snapshots that it has.",
                        Map.of("vm", vm.id().value(), "snapshot", reference)))));
    }

    private static String hint(String reference) {
        return ID_BEGINNING.matcher(reference).matches()
                ? "; of an id at least its first " + SHORTEST_PREFIX + " characters are needed"
                : "";
    }

    private Optional<Snapshot> find(String reference) {
        return only(reference, s -> s.id().value().equals(reference))
                .or(() -> only(reference, s -> s.name().equals(reference)))
                .or(() -> reference.length() < SHORTEST_PREFIX
                        ? Optional.empty()
                        : only(reference, s -> s.id().value().startsWith(reference)));
    }

    private Optional<Snapshot> only(String reference, Predicate<Snapshot> wanted) {
        List<Snapshot> found = tree.snapshots().stream().filter(wanted).toList();
        if (found.size() > 1) {
            throw new UsageException(found.size() + " snapshots of \"" + vm.name() + "\" answer to \"" + reference
                    + "\"; name one by its id: "
                    + found.stream()
                            .map(s -> s.id() + " created " + s.createdAt())
                            .collect(Collectors.joining(", "))
                    + ".");
        }
        return found.stream().findFirst();
    }
}
