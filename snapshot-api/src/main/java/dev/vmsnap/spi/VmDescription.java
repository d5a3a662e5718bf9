package dev.vmsnap.spi;

import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a hypervisor tells of a VM: facts, from which the rules decide.
 *
 * @param id its id
 * @param name what the hypervisor calls it; free text
 * @param power its power state
 * @param memoryBytes the guest's RAM in bytes
 * @param disks all disks of its configuration, in that order
 * @param traits what else is so of it
 * @param stateObstacles what of that cannot be read or brought back, one phrase each that says how to mend it; empty when
 *     all can
 * @param ramObstacles the obstacles to saving and restoring its RAM, one phrase for each device or version; empty if there is none
 * @param job what the hypervisor is doing with it, a migration for example; empty when nothing
 */
public record VmDescription(
        VmId id,
        String name,
        PowerState power,
        long memoryBytes,
        List<Disk> disks,
        Set<Trait> traits,
        List<String> stateObstacles,
        List<String> ramObstacles,
        Optional<String> job) {

    /** Names a property of a VM. */
    public enum Trait {
        /** Its configuration outlives a stop. */
        PERSISTENT,
        /** A saved state waits to be resumed at the next start. */
        SAVED_STATE,
        /** It keeps anything outside its disks that a snapshot needs: UEFI variables, a TPM's state. */
        MACHINE_STATE,
        /** A cut in the images of several of its disks is one instant without holding the guest. */
        ATOMIC_CUT,
        /** A guest agent is connected. */
        AGENT,
        /** It has a generation ID, which tells the guest that it went back in time. */
        GENERATION_ID
    }

    /** Copies the collections. */
    public VmDescription {
        disks = List.copyOf(disks);
        traits = Set.copyOf(traits);
        stateObstacles = List.copyOf(stateObstacles);
        ramObstacles = List.copyOf(ramObstacles);
    }

    /**
     * Returns the description of a VM that no node has any more: off, without disks.
     *
     * @param id its id
     * @param name what a hypervisor called it last
     * @return the description
     */
    public static VmDescription gone(VmId id, String name) {
        return new VmDescription(
                id, name, PowerState.OFF, 0, List.of(), Set.of(), List.of(), List.of(), Optional.empty());
    }

    /**
     * Finds the disk by which the VM has a volume.
     *
     * @param volume a volume
     * @return the first disk with the source of that volume; empty if the VM has none
     */
    public Optional<Disk> disk(Volume volume) {
        return disks.stream()
                .filter(disk -> disk.source().filter(volume.source()::equals).isPresent())
                .findFirst();
    }

    /**
     * Reports whether the VM has a volume.
     *
     * @param volume a volume
     * @return whether a disk has the source of that volume
     */
    public boolean has(Volume volume) {
        return disk(volume).isPresent();
    }

    /**
     * Reports whether its configuration outlives a stop.
     *
     * @return as {@link Trait#PERSISTENT}
     */
    public boolean persistent() {
        return traits.contains(Trait.PERSISTENT);
    }

    /**
     * Reports whether a saved state waits.
     *
     * @return as {@link Trait#SAVED_STATE}
     */
    public boolean savedState() {
        return traits.contains(Trait.SAVED_STATE);
    }

    /**
     * Reports whether it keeps anything outside its disks.
     *
     * @return as {@link Trait#MACHINE_STATE}
     */
    public boolean machineState() {
        return traits.contains(Trait.MACHINE_STATE);
    }

    /**
     * Reports whether a cut is one instant without a hold.
     *
     * @return as {@link Trait#ATOMIC_CUT}
     */
    public boolean atomicCut() {
        return traits.contains(Trait.ATOMIC_CUT);
    }

    /**
     * Reports whether a guest agent is connected.
     *
     * @return as {@link Trait#AGENT}
     */
    public boolean agent() {
        return traits.contains(Trait.AGENT);
    }

    /**
     * Reports whether it has a generation ID.
     *
     * @return as {@link Trait#GENERATION_ID}
     */
    public boolean generationId() {
        return traits.contains(Trait.GENERATION_ID);
    }

    /**
     * One disk of a VM's configuration.
     *
     * @param target its name inside the VM, for example {@code vda}
     * @param device what the guest sees
     * @param type what its source is
     * @param source path, device, or {@code protocol:name}; empty when there is no medium
     * @param format the format that the configuration states; empty when it states none
     * @param flags what else is so of it
     * @param layers the layers below its source that the configuration states, from the top: a path, a device, or
     *     {@code protocol:name}. A path that only an image's header names is none of them
     */
    public record Disk(
            String target,
            Device device,
            SourceType type,
            Optional<String> source,
            Optional<String> format,
            Set<Flag> flags,
            List<String> layers) {

        /** Names a property of a disk. */
        public enum Flag {
            /** The guest cannot write to it. */
            READ_ONLY,
            /** Several VMs may write to it. */
            SHAREABLE,
            /** QEMU discards the guest's writes to the disk when it ends. */
            TRANSIENT,
            /**
             * The guest's writes go through the node's page cache, as with QEMU's cache modes but {@code none} and
             * {@code directsync}.
             */
            PAGE_CACHED,
            /** The configuration says that snapshots leave it out. */
            NO_SNAPSHOT,
            /** QEMU copies into the image what the guest reads from the layers below. */
            COPY_ON_READ
        }

        /** Copies the collections. */
        public Disk {
            flags = Set.copyOf(flags);
            layers = List.copyOf(layers);
        }

        /**
         * Makes a disk whose configuration states no layers.
         *
         * @param target as in {@link #target()}
         * @param device as in {@link #device()}
         * @param type as in {@link #type()}
         * @param source as in {@link #source()}
         * @param format as in {@link #format()}
         * @param flags as in {@link #flags()}
         */
        public Disk(
                String target,
                Device device,
                SourceType type,
                Optional<String> source,
                Optional<String> format,
                Set<Flag> flags) {
            this(target, device, type, source, format, flags, List.of());
        }

        /**
         * Makes a disk.
         *
         * @param target as in {@link #target()}
         * @param device as in {@link #device()}
         * @param type as in {@link #type()}
         * @param source as in {@link #source()}
         * @param format as in {@link #format()}
         * @param flags as in {@link #flags()}
         */
        public Disk(
                String target,
                Device device,
                SourceType type,
                Optional<String> source,
                Optional<String> format,
                Flag... flags) {
            this(target, device, type, source, format, Set.of(flags));
        }

        /**
         * Reports whether it has a flag.
         *
         * @param flag which
         * @return whether it has
         */
        public boolean is(Flag flag) {
            return flags.contains(flag);
        }
    }

    /** What the guest sees. */
    public enum Device {
        /** A hard disk. */
        DISK,
        /** A CD or DVD drive. */
        CDROM,
        /** A floppy drive. */
        FLOPPY,
        /** A SCSI device handed through. */
        LUN
    }

    /** What a disk's source is. */
    public enum SourceType {
        /** A file. */
        FILE,
        /** A block device. */
        BLOCK,
        /** Ceph RADOS. */
        RBD,
        /** Any other network protocol. */
        NETWORK,
        /** Anything else, or nothing. */
        OTHER
    }
}
