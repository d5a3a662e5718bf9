package dev.vmsnap.storage.lvm;

import dev.vmsnap.Snapshot;
import java.util.Optional;

/** Why a part of a snapshot cannot be used any more, for good. */
final class Flaws {
    private Flaws() {}

    /** A flaw, and how it is said after the name of the part. */
    record Flaw(Snapshot.Reason reason, String text) {}

    static Optional<Flaw> of(Lv part, Subject subject) {
        if (part.isOverflown()) {
            return Optional.of(new Flaw(Snapshot.Reason.OVERFLOWN, "has overflown, its content is lost"));
        }
        if (part.isUnusable() && !part.isSuspended()) {
            return Optional.of(new Flaw(Snapshot.Reason.DAMAGED, "cannot be used (lv_attr " + part.attributes() + ")"));
        }
        boolean sound = subject.disk().isEmpty()
                || (subject.isThin()
                        ? part.isThin()
                        : part.isThickSnapshotOf(subject.disk().get().path()));
        return sound
                ? Optional.empty()
                : Optional.of(new Flaw(Snapshot.Reason.DAMAGED, "is no snapshot of " + subject.path() + " any more"));
    }
}
