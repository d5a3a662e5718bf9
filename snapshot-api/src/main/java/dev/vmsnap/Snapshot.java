package dev.vmsnap;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * One saved point of one VM, as the store remembers it. Immutable.
 *
 * @param id its name for ever
 * @param vm the VM it belongs to
 * @param parent the snapshot that the VM's state descended from when this one was taken; empty for a root
 * @param labels what people say of it; its name is not blank
 * @param createdAt when it was asked for
 * @param createdBy who asked
 * @param status what can be done with it now
 * @param reason why it is {@link Status#UNAVAILABLE}; empty for every other status
 * @param ram whether it holds the guest's RAM
 * @param power the VM's power state at the cut
 * @param node the node on which it was taken
 * @param volumes the disks that are part of it, in the order of the VM's configuration
 * @param excluded targets of the disks that were left out because somebody wanted it so
 * @param receipt what was reached and what it cost; empty until it is complete
 */
public record Snapshot(
        SnapshotId id,
        VmId vm,
        Optional<SnapshotId> parent,
        Labels labels,
        Instant createdAt,
        Actor createdBy,
        Status status,
        Optional<Reason> reason,
        boolean ram,
        PowerState power,
        String node,
        List<Volume> volumes,
        Set<String> excluded,
        Optional<Receipt> receipt) {

    /**
     * What people say of a snapshot and may change at any time. Any text is accepted here; {@link VmSnapshots#check}
     * refuses what cannot be kept.
     *
     * @param name what people call it; at most 255 characters, no control characters; need not be unique
     * @param comment free text; at most 4096 characters, line breaks and tabs allowed, no other control characters
     * @param tags the host's own keys and values; at most 32, a key 1 to 64 and a value at most 255 characters, no control
     *     characters
     * @param expiresAt from when on {@link VmSnapshots#deleteExpired} deletes it; empty for never
     */
    public record Labels(String name, String comment, Map<String, String> tags, Optional<Instant> expiresAt) {
        /** Copies the tags. */
        public Labels {
            tags = Map.copyOf(tags);
        }

        /**
         * Returns labels of a name alone.
         *
         * @param name as in {@link #name()}
         * @return the labels
         */
        public static Labels named(String name) {
            return new Labels(name, "", Map.of(), Optional.empty());
        }

        /**
         * Returns these labels with another name.
         *
         * @param text as in {@link #name()}
         * @return the changed copy
         */
        public Labels name(String text) {
            return new Labels(text, comment, tags, expiresAt);
        }

        /**
         * Returns these labels with another comment.
         *
         * @param text as in {@link #comment()}
         * @return the changed copy
         */
        public Labels comment(String text) {
            return new Labels(name, text, tags, expiresAt);
        }

        /**
         * Returns these labels with other tags.
         *
         * @param all as in {@link #tags()}
         * @return the changed copy
         */
        public Labels tags(Map<String, String> all) {
            return new Labels(name, comment, all, expiresAt);
        }

        /**
         * Returns these labels with a tag more, in place of one with that key.
         *
         * @param key its key
         * @param value its value
         * @return the changed copy
         */
        public Labels tag(String key, String value) {
            Map<String, String> all = new HashMap<>(tags);
            all.put(key, value);
            return tags(all);
        }

        /**
         * Returns these labels with another expiry.
         *
         * @param instant as in {@link #expiresAt()}
         * @return the changed copy
         */
        public Labels expiresAt(Optional<Instant> instant) {
            return new Labels(name, comment, tags, instant);
        }
    }

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
     * @param hypervisor what answered on the node at the cut, for example {@code libvirt 9.0.0, QEMU 7.2.22}; may be empty
     * @param notes what a person should know, in whole sentences, for example which disks were left out
     */
    public record Receipt(
            Consistency consistency,
            Duration pause,
            Duration freeze,
            long ramBytes,
            String hypervisor,
            List<String> notes) {
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
     * @param usedBytes what the part alone takes, shared with neither the disk nor another snapshot, in bytes
     * @param freedBytes what deleting the snapshot would free on this disk's storage, in bytes
     * @param roomBytes what it may take before its content is lost, in bytes; empty when it grows as far as its store does
     */
    public record Usage(SnapshotId snapshot, String disk, long usedBytes, long freedBytes, OptionalLong roomBytes) {
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
        if (labels.name().isBlank()) {
            throw new IllegalArgumentException("a snapshot has a name");
        }
        if (parent.isPresent() && parent.get().equals(id)) {
            throw new IllegalArgumentException("snapshot " + id + " cannot be its own parent");
        }
        if (reason.isPresent() != (status == Status.UNAVAILABLE)) {
            throw new IllegalArgumentException("exactly an unavailable snapshot has a reason");
        }
        volumes = List.copyOf(volumes);
        excluded = Set.copyOf(excluded);
    }

    /**
     * Returns what people call it.
     *
     * @return the name of its labels
     */
    public String name() {
        return labels.name();
    }

    /**
     * Returns the free text.
     *
     * @return the comment of its labels
     */
    public String comment() {
        return labels.comment();
    }

    /**
     * Returns this snapshot with another status that needs no reason.
     *
     * @param next any status but {@link Status#UNAVAILABLE}
     * @return the changed copy
     */
    public Snapshot withStatus(Status next) {
        return with(parent, labels, next, Optional.empty(), volumes, receipt);
    }

    /**
     * Returns this snapshot as unavailable.
     *
     * @param why the reason
     * @return the changed copy
     */
    public Snapshot unavailable(Reason why) {
        return with(parent, labels, Status.UNAVAILABLE, Optional.of(why), volumes, receipt);
    }

    /**
     * Returns this snapshot with other labels.
     *
     * @param said as in {@link #labels()}
     * @return the changed copy
     */
    public Snapshot withLabels(Labels said) {
        return with(parent, said, status, reason, volumes, receipt);
    }

    /**
     * Returns this snapshot with its disks elsewhere.
     *
     * @param where as in {@link #volumes()}
     * @return the changed copy
     */
    public Snapshot withVolumes(List<Volume> where) {
        return with(parent, labels, status, reason, where, receipt);
    }

    /**
     * Returns this snapshot below another parent.
     *
     * @param newParent as in {@link #parent()}
     * @return the changed copy
     */
    public Snapshot withParent(Optional<SnapshotId> newParent) {
        return with(newParent, labels, status, reason, volumes, receipt);
    }

    /**
     * Returns this snapshot complete: available, with its receipt.
     *
     * @param parts the volumes with what is known of them since the cut
     * @param what what was reached and what it cost
     * @return the changed copy
     */
    public Snapshot completed(List<Volume> parts, Receipt what) {
        return with(parent, labels, Status.AVAILABLE, Optional.empty(), parts, Optional.of(what));
    }

    private Snapshot with(
            Optional<SnapshotId> newParent,
            Labels newLabels,
            Status newStatus,
            Optional<Reason> newReason,
            List<Volume> newVolumes,
            Optional<Receipt> newReceipt) {
        return new Snapshot(
                id,
                vm,
                newParent,
                newLabels,
                createdAt,
                createdBy,
                newStatus,
                newReason,
                ram,
                power,
                node,
                newVolumes,
                excluded,
                newReceipt);
    }
}
