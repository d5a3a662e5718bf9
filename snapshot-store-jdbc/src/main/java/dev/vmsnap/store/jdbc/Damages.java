package dev.vmsnap.store.jdbc;

import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The rows that could not be read, under the VM or the template that they belong to: the first of each. */
final class Damages {
    private final Map<String, String> reasons = new LinkedHashMap<>();

    /** Keeps what is wrong with a row of an owner. */
    void add(String owner, String table, RuntimeException unreadable) {
        reasons.putIfAbsent(
                owner,
                "the store holds something of \"" + owner + "\" in its table " + table + " that cannot be read: "
                        + unreadable.getMessage());
    }

    boolean has(String owner) {
        return reasons.containsKey(owner);
    }

    /** Throws if a row of an owner could not be read. */
    void requireNone(String owner) {
        String why = reasons.get(owner);
        if (why != null) {
            throw new StoreException(Sqlite.ID, Problem.RECORD_DAMAGED, why);
        }
    }

    /** Returns what is damaged of VMs. */
    List<Damaged> ofVms() {
        return reasons.entrySet().stream()
                .map(one -> new Damaged(vm(one.getKey()), one.getKey(), one.getValue()))
                .toList();
    }

    /** Returns what is damaged of things that belong to no VM. */
    List<Damaged> ofOthers() {
        return reasons.entrySet().stream()
                .map(one -> new Damaged(Optional.empty(), one.getKey(), one.getValue()))
                .toList();
    }

    private static Optional<VmId> vm(String id) {
        try {
            return Optional.of(VmId.of(id));
        } catch (IllegalArgumentException foreign) {
            return Optional.empty();
        }
    }
}
