package dev.vmsnap.spi;

import dev.vmsnap.SnapshotId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Holds everything that a store keeps of one VM, but for leases and the journal. Storage drivers keep it beside the VM's
 * volumes. Immutable.
 *
 * @param store the id of the store; empty in a copy that is older than ids in copies
 * @param written when it was written
 * @param record the VM's record; its revision tells which of two copies of one store is newer
 * @param configurations the configuration of each snapshot that has one; holds secrets
 */
public record RecordsCopy(
        Optional<String> store, Instant written, VmRecord record, Map<SnapshotId, VmConfiguration> configurations) {
    /** Copies the map. */
    public RecordsCopy {
        configurations = Map.copyOf(configurations);
    }

    /**
     * Holds the copies of a VM's records that were found beside its volumes.
     *
     * @param copies those that could be read, in no particular order; two of one store can be there
     * @param unreadable one phrase for each that could not be read, for people
     * @param stores the ids of the stores whose parts are there, on storage that marks parts with a store; also of those that
     *     have no copy
     */
    public record Found(List<RecordsCopy> copies, List<String> unreadable, Set<String> stores) {
        /** Copies the collections. */
        public Found {
            copies = List.copyOf(copies);
            unreadable = List.copyOf(unreadable);
            stores = Set.copyOf(stores);
        }

        /**
         * Holds copies on storage that marks no parts.
         *
         * @param copies as in {@link #copies()}
         * @param unreadable as in {@link #unreadable()}
         */
        public Found(List<RecordsCopy> copies, List<String> unreadable) {
            this(copies, unreadable, Set.of());
        }
    }
}
