package dev.vmsnap;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One saved point of one VM, as the store remembers it. Immutable.
 *
 * @param id its name for ever
 * @param vm the VM it belongs to
 * @param parent the snapshot that the VM's state descended from when this one was taken; empty for a root
 * @param name what people call it; not blank
 * @param comment free text, may be empty
 * @param createdAt when it was asked for
 * @param createdBy who asked
 * @param status what can be done with it now
 * @param reason why it is {@link Status#UNAVAILABLE}; empty for every other status
 * @param ram whether it holds the guest's RAM
 * @param power the VM's power state at the cut
 * @param node the node on which it was taken
 * @param volumes the disks that are part of it, in the order of the VM's configuration
 * @param receipt what was reached and what it cost; empty until it is complete
 */
public record Snapshot(
        SnapshotId id,
        VmId vm,
        Optional<SnapshotId> parent,
        String name,
        String comment,
        Instant createdAt,
        Actor createdBy,
        Status status,
        Optional<Reason> reason,
        boolean ram,
        PowerState power,
        String node,
        List<Volume> volumes,
        Optional<Receipt> receipt) {

    /** What can be done with a snapshot. */
    public enum Status {
        /** Complete: can be restored and deleted. */
        AVAILABLE,
        /** Cannot be restored; can always be deleted, and deleting it needs no free space. */
        UNAVAILABLE,
        /** Being taken. */
        CREATING,
        /** The VM is being brought back to it. */
        RESTORING,
        /** Being deleted. */
        DELETING
    }

    /** Why a snapshot is unavailable. */
    public enum Reason {
        /** Space ran out while it was being taken. */
        NO_SPACE,
        /** A part of it is no longer on storage. */
        MISSING,
        /** Making it was interrupted and could not be undone. */
        INTERRUPTED,
        /** A part of it is there but cannot be used. */
        DAMAGED,
        /** The room for what has changed since it was taken ran out, so its content is lost. */
        OVERFLOWN,
        /** Deleting it failed on some volume; delete it again. */
        HALF_DELETED
    }

    /** How well the disks of a snapshot agree with each other and with the guest. */
    public enum Consistency {
        /** The VM was off: nothing was in flight. */
        OFFLINE,
        /** RAM and disks are from one instant. */
        RAM,
        /** The guest's file systems were frozen at the cut. */
        QUIESCED,
        /** All disks are from one instant, as after a power failure. */
        CRASH
    }

    /**
     * What was reached and what it cost.
     *
     * @param consistency the level reached
     * @param pause how long the guest was held, as seen from outside; zero when it was not running
     * @param freeze how long its file systems were frozen; zero when they were not
     * @param ramBytes size of the saved RAM and device state in bytes; 0 without RAM
     * @param notes what a person should know, in whole sentences, for example which disks were left out
     */
    public record Receipt(Consistency consistency, Duration pause, Duration freeze, long ramBytes, List<String> notes) {
        /** Copies the notes and checks the figures. */
        public Receipt {
            if (pause.isNegative() || freeze.isNegative() || ramBytes < 0) {
                throw new IllegalArgumentException("times and sizes of a receipt are not negative");
            }
            notes = List.copyOf(notes);
        }
    }

    /**
     * What one disk's part of a snapshot takes.
     *
     * @param snapshot the snapshot
     * @param disk the disk's target
     * @param usedBytes what the part takes by itself, in bytes
     * @param roomBytes what it may take before its content is lost, in bytes; empty when it grows as far as its store does
     */
    public record Usage(SnapshotId snapshot, String disk, long usedBytes, OptionalLong roomBytes) {
        /**
         * Tells how full the part is.
         *
         * @return 0 to 1; 0 when it has no limit of its own
         */
        public double fill() {
            return roomBytes.isPresent() ? Math.min(1, (double) usedBytes / Math.max(1, roomBytes.getAsLong())) : 0;
        }
    }

    /** Checks the parts that depend on each other. */
    public Snapshot {
        if (name.isBlank()) {
            throw new IllegalArgumentException("a snapshot has a name");
        }
        if (parent.isPresent() && parent.get().equals(id)) {
            throw new IllegalArgumentException("snapshot " + id + " cannot be its own parent");
        }
        if (reason.isPresent() != (status == Status.UNAVAILABLE)) {
            throw new IllegalArgumentException("exactly an unavailable snapshot has a reason");
        }
        volumes = List.copyOf(volumes);
    }

    /**
     * Returns this snapshot with another status that needs no reason.
     *
     * @param next any status but {@link Status#UNAVAILABLE}
     * @return the changed copy
     */
    public Snapshot withStatus(Status next) {
        return with(parent, name, comment, next, Optional.empty(), volumes, receipt);
    }

    /**
     * Returns this snapshot as unavailable.
     *
     * @param why the reason
     * @return the changed copy
     */
    public Snapshot unavailable(Reason why) {
        return with(parent, name, comment, Status.UNAVAILABLE, Optional.of(why), volumes, receipt);
    }

    /**
     * Returns this snapshot with other texts.
     *
     * @param newName as in {@link #name()}
     * @param newComment as in {@link #comment()}
     * @return the changed copy
     */
    public Snapshot withTexts(String newName, String newComment) {
        return with(parent, newName, newComment, status, reason, volumes, receipt);
    }

    /**
     * Returns this snapshot below another parent.
     *
     * @param newParent as in {@link #parent()}
     * @return the changed copy
     */
    public Snapshot withParent(Optional<SnapshotId> newParent) {
        return with(newParent, name, comment, status, reason, volumes, receipt);
    }

    /**
     * Returns this snapshot complete: available, with its receipt.
     *
     * @param parts the volumes with what is known of them since the cut
     * @param what what was reached and what it cost
     * @return the changed copy
     */
    public Snapshot completed(List<Volume> parts, Receipt what) {
        return with(parent, name, comment, Status.AVAILABLE, Optional.empty(), parts, Optional.of(what));
    }

    private Snapshot with(
            Optional<SnapshotId> newParent,
            String newName,
            String newComment,
            Status newStatus,
            Optional<Reason> newReason,
            List<Volume> newVolumes,
            Optional<Receipt> newReceipt) {
        return new Snapshot(
                id,
                vm,
                newParent,
                newName,
                newComment,
                createdAt,
                createdBy,
                newStatus,
                newReason,
                ram,
                power,
                node,
                newVolumes,
                newReceipt);
    }
}
