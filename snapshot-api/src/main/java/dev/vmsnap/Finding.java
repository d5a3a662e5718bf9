package dev.vmsnap;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One thing that {@link VmSnapshots#doctor} noticed; looking changes nothing.
 *
 * @param kind stable; what a program decides by
 * @param vm the VM that it is about; empty if it is about a node
 * @param subject the snapshot, disk, operation or node that it is about
 * @param message what is so, one sentence for people
 * @param remedy what to do, one sentence for people
 * @param data the facts behind the message under stable keys: those of {@link Kind#keys()}, and perhaps more
 */
public record Finding(
        Kind kind, Optional<VmId> vm, String subject, String message, String remedy, Map<String, String> data) {

    /**
     * Copies the data.
     *
     * @throws IllegalArgumentException if a key of the kind is missing
     */
    public Finding {
        data = Map.copyOf(data);
        if (!data.keySet().containsAll(kind.keys())) {
            throw new IllegalArgumentException(kind + " needs " + kind.keys() + " and has " + data.keySet());
        }
    }

    /**
     * Makes a finding about a VM.
     *
     * @param kind as in {@link #kind()}
     * @param vm the VM
     * @param subject as in {@link #subject()}
     * @param message as in {@link #message()}
     * @param remedy as in {@link #remedy()}
     * @param data as in {@link #data()}
     */
    public Finding(Kind kind, VmId vm, String subject, String message, String remedy, Map<String, String> data) {
        this(kind, Optional.of(vm), subject, message, remedy, data);
    }

    /** Names the subject of a finding; {@code docs/errors.md} has a row for each. New ones may come in a minor release. */
    public enum Kind {
        /** A snapshot's part is not on storage. */
        PART_MISSING("snapshot"),
        /** A snapshot's part is there but cannot be used any more. */
        PART_UNUSABLE("snapshot", "reason"),
        /** A storage does not answer, so nothing is known of what it holds. */
        STORAGE_AWAY("disk", "source", "driver"),
        /** A node does not answer, so nothing is known of the VMs that it may have. */
        NODE_AWAY("node"),
        /** A node, or this machine, lacks a program or library. */
        NODE_LACKS("lacks"),
        /** A node has a part that is older than its driver needs. */
        NODE_OUTDATED("node", "part"),
        /** The layers below an image are no longer those that a snapshot was taken on. */
        CHAIN_CHANGED("snapshot", "disk", "source"),
        /** Two VMs have one image. */
        IMAGE_SHARED("disk", "source"),
        /** A part of a deleted snapshot could not be deleted yet. */
        LEFT_BEHIND("snapshot", "disk", "source", "driver"),
        /** A driver noticed something about a volume that nothing stands against. */
        NOTICE("notice"),
        /** The room for a snapshot's part is nearly used up. */
        FILLING("snapshot", "disk", "used", "room"),
        /** Storage holds a snapshot named like ours that the store does not know. */
        ORPHAN("snapshot", "disk", "source"),
        /** The store knows no snapshot at all, but storage holds snapshots of vmsnap or copies of records. */
        STORE_EMPTY,
        /** Storage holds a snapshot that vmsnap did not make. */
        FOREIGN("disk", "source", "name"),
        /** An interrupted command left space allocated that nothing uses. */
        LEAKED_SPACE("disk", "source", "bytes"),
        /** An operation is open in the journal. */
        OPEN_OPERATION("operation", "verb", "since"),
        /** The store's record of a VM, or a settings template, cannot be read. */
        RECORD_DAMAGED("record"),
        /** A snapshot is unavailable. */
        UNAVAILABLE("snapshot", "reason"),
        /** The VM is on no node any more, but its snapshots are still recorded. */
        VM_GONE,
        /** The VM is held and vmsnap did it. */
        HELD;

        private final String keys;

        Kind(String... keys) {
            this.keys = String.join(" ", keys);
        }

        /**
         * Returns the keys that the data of such a finding always has; it may have more.
         *
         * @return the keys
         */
        public Set<String> keys() {
            return keys.isEmpty() ? Set.of() : Set.of(keys.split(" "));
        }
    }
}
