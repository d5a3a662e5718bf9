package dev.vmsnap;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The answer to an {@link Intent}: allowed, or refused with every reason that was found.
 *
 * @param refusals empty when allowed
 * @param notices what a person should know before going on; never an obstacle
 */
public record Verdict(List<Refusal> refusals, List<Notice> notices) {

    /**
     * Something to know that is no obstacle.
     *
     * @param code stable; what a program decides by
     * @param message one sentence for people
     * @param data the facts behind the message under stable keys: those of {@link Code#keys()}, and perhaps more
     */
    public record Notice(Code code, String message, Map<String, String> data) {
        /** The subjects of notices; {@code docs/errors.md} has a row for each. New ones may come in a minor release. */
        public enum Code {
            /** A disk is not part of the snapshot: read-only, a CD-ROM, empty, or left out by choice. */
            DISK_LEFT_OUT("disk"),
            /** In the worst case the storage has too little free space. */
            SPACE_MAY_RUN_OUT("store"),
            /** Disks of the VM are not part of the snapshot and keep their content. */
            DISKS_NOT_COVERED("snapshot", "disks"),
            /** A storage is mounted so that a server which is away for a while makes the guest's writes fail. */
            SOFT_MOUNT("disk", "source"),
            /** A storage is mounted so that its locks keep off nobody on other nodes. */
            LOCAL_LOCKS("disk", "source"),
            /** What the guest writes to a network mount goes through the node's page cache, which a full export spoils. */
            PAGE_CACHED("disk", "source"),
            /** The image has persistent dirty bitmaps; a later restore will be refused while they are there. */
            DIRTY_BITMAPS("disk", "source"),
            /** A restore will drop dirty bitmaps, so the next backup must be a full one. */
            BITMAPS_DROPPED("disk", "source"),
            /** The snapshot has RAM, which this restore does not load. */
            RAM_NOT_LOADED("snapshot"),
            /** The guest will go on with the clock of the snapshot, because it has no agent that could set it. */
            CLOCK_STAYS_BEHIND("snapshot"),
            /** The guest cannot or need not be frozen; the snapshot is taken without. */
            NOT_QUIESCED("obstacle"),
            /** Storage holds snapshots that vmsnap did not make; they are left alone. */
            FOREIGN_SNAPSHOTS("disk", "source"),
            /** The VM's configuration differs from the snapshot's; restoring brings the old one back. */
            CONFIGURATION_DRIFTED("snapshot", "differences"),
            /** The snapshot is older than the record of chains, so nobody knows which layers its image had below it. */
            CHAIN_UNKNOWN("snapshot", "disk", "source"),
            /** A disk is part of a snapshot with RAM although its configuration says that snapshots leave it out. */
            MARK_NOT_HONOURED("disk"),
            /** Another VM has the same image. */
            IMAGE_SHARED("disk", "source", "vms"),
            /** Storage holds snapshots of another store. */
            OTHER_STORE("stores"),
            /** Storage holds snapshots of vmsnap that the store does not know. */
            UNKNOWN_SNAPSHOTS("snapshots"),
            /** A copy of the records cannot be read, or holds what no verb would have written. */
            COPY_REFUSED("copies"),
            /** A snapshot that a copy of the records names cannot be rebuilt. */
            SNAPSHOT_NOT_REBUILT("snapshot"),
            /** Storage keeps an older copy of the records that knows more than the store; a rebuild merges it. */
            RECORDS_KEPT("disk", "source"),
            /** The place of the records beside a disk is a link, belongs to somebody else or is open to others. */
            RECORDS_REFUSED("disk", "source"),
            /** A volume is suspended, so a guest that writes to it waits. */
            VOLUME_SUSPENDED("disk", "source"),
            /** The file that the hypervisor has open is not the one at the disk's path. */
            IMAGE_DETACHED("disk", "source"),
            /** The node lacks a program that a later verb needs. */
            NODE_LACKS("disk", "source", "lacks"),
            /** The hypervisor answers nothing else for a noticeable time while it cuts. */
            LONG_CUT("disk", "source", "clusters"),
            /** A part cannot be inspected now; it is deleted later. */
            PART_UNKNOWN("disk", "source"),
            /** Snapshots will be deleted with the VM. */
            SNAPSHOTS_GO_TOO("count"),
            /** A clone gets the current state and no snapshots. */
            SNAPSHOTS_STAY_BEHIND("count");

            private final String keys;

            Code(String... keys) {
                this.keys = String.join(" ", keys);
            }

            /**
             * Returns the keys that the data of such a notice always has; it may have more.
             *
             * @return the keys
             */
            public Set<String> keys() {
                return keys.isEmpty() ? Set.of() : Set.of(keys.split(" "));
            }
        }

        /**
         * Copies the data.
         *
         * @throws IllegalArgumentException if a key of the code is missing
         */
        public Notice {
            data = Map.copyOf(data);
            if (!data.keySet().containsAll(code.keys())) {
                throw new IllegalArgumentException(code + " needs " + code.keys() + " and has " + data.keySet());
            }
        }
    }

    /** Copies the lists. */
    public Verdict {
        refusals = List.copyOf(refusals);
        notices = List.copyOf(notices);
    }

    /**
     * Tells whether nothing stands against it.
     *
     * @return true when there is no refusal
     */
    public boolean allowed() {
        return refusals.isEmpty();
    }

    /**
     * Throws when something stands against it.
     *
     * @throws RefusedException with the refusals, unless {@link #allowed()}
     */
    public void orThrow() {
        if (!allowed()) {
            throw new RefusedException(refusals);
        }
    }
}
