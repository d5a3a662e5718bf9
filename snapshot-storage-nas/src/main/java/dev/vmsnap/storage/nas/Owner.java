package dev.vmsnap.storage.nas;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * As whom commands work on an export that does not take the node's root for root: as the owner of what they work on.
 *
 * @param uid the user's number on the node
 * @param gid the group's number on the node
 */
record Owner(long uid, long gid) {

    /** What is put in front of a command; {@code setpriv} of util-linux needs no account of that number. */
    List<String> prefix() {
        return List.of("setpriv", "--reuid", Long.toString(uid), "--regid", Long.toString(gid), "--clear-groups", "--");
    }

    /** The one owner of all; empty when it is the node's own user, or when they differ. */
    static Optional<Owner> common(Stream<Optional<Owner>> owners) {
        Set<Optional<Owner>> different = new HashSet<>(owners.toList());
        return different.size() == 1 ? different.iterator().next() : Optional.empty();
    }

    @Override
    public String toString() {
        return "user " + uid;
    }
}
