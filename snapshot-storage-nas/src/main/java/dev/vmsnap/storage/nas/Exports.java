package dev.vmsnap.storage.nas;

import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.storage.file.image.LocalFileSystems;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * What the host says of its exports: on which types of file systems they are mounted, which names mean the same one, and
 * which will not come back. A place on an export is written as its server does: {@code server:/export/directory/file}.
 *
 * @param types of file systems, in lower case
 * @param same pairs of names of one export
 * @param abandoned exports that are gone for good
 */
record Exports(Set<String> types, List<Renamed> same, Set<String> abandoned) {
    static final Exports USUAL = new Exports(Set.of("nfs", "nfs4"), List.of(), Set.of());

    /** Copies the collections. */
    Exports {
        types = Set.copyOf(types);
        same = List.copyOf(same);
        abandoned = Set.copyOf(abandoned);
    }

    /**
     * One export under two names.
     *
     * @param was the name that snapshots may remember
     * @param is the name that it has now
     */
    record Renamed(String was, String is) {}

    Exports alsoOn(String type) {
        String lower = required(type, "a type of file systems").toLowerCase(Locale.ROOT);
        if (LocalFileSystems.contains(lower)) {
            throw new IllegalArgumentException(lower + " is a node's own, and FileStorage has the disks on it");
        }
        Set<String> more = new HashSet<>(types);
        more.add(lower);
        return new Exports(more, same, abandoned);
    }

    Exports sameExport(String was, String is) {
        List<Renamed> more = new ArrayList<>(same);
        more.add(new Renamed(export(was), export(is)));
        return new Exports(types, more, abandoned);
    }

    Exports abandoned(String export) {
        Set<String> more = new HashSet<>(abandoned);
        more.add(export(export));
        return new Exports(types, same, more);
    }

    /** Whether a file system may be a NAS. */
    boolean areOn(String type) {
        return types.contains(type.toLowerCase(Locale.ROOT));
    }

    /** Where a mount leads on its server; empty when the node does not tell what is mounted. */
    static Optional<String> place(NodeFiles.Mount mount) {
        return mount.source().isEmpty()
                ? Optional.empty()
                : Optional.of((mount.source().endsWith("/") ? cut(mount.source()) : mount.source()) + mount.rest());
    }

    /** Whether two places are one, under whatever names. */
    boolean areSame(String then, String now) {
        return then.equals(now) || alias(then, now) || alias(now, then);
    }

    private boolean alias(String one, String other) {
        return same.stream()
                .anyMatch(names -> isIn(one, names.was())
                        && other.equals(names.is() + one.substring(names.was().length())));
    }

    /** Whether a place lies on an export that will not come back. */
    boolean areWithout(String place) {
        return abandoned.stream().anyMatch(export -> isIn(place, export));
    }

    private static boolean isIn(String place, String export) {
        return place.startsWith(export + "/");
    }

    private static String export(String name) {
        String export = required(name, "an export");
        return export.endsWith("/") ? cut(export) : export;
    }

    private static String cut(String text) {
        return text.substring(0, text.length() - 1);
    }

    private static String required(String text, String what) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(what + " has a name");
        }
        return text.strip();
    }
}
