package dev.vmsnap.storage.lvm;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Volumes in shared groups are worked on only by the node that has them active, since LVM itself does not see to it: it
 * lets any node remove a snapshot that another one has active. What is active nowhere is activated for the work; LVM
 * refuses that when another node has it.
 */
final class Possession {
    private final Set<LvPath> taken = new LinkedHashSet<>();

    private Possession() {}

    /** What has to be taken for work on those volumes. */
    static Possession of(Collection<Subject> subjects, Groups groups) {
        Possession possession = new Possession();
        for (Subject subject : subjects) {
            if (groups.isShared(subject.path().group())) {
                subject.disk().filter(disk -> !disk.isActive()).ifPresent(disk -> possession.taken.add(disk.path()));
            }
        }
        return possession;
    }

    /** What has to be taken for work on one volume. */
    static Possession of(Subject subject, Groups groups) {
        return of(List.of(subject), groups);
    }

    Possession take(Script script) {
        taken.forEach(script::activate);
        return this;
    }

    void letGo(Script script) {
        taken.forEach(script::deactivate);
    }
}
