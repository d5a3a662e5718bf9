package dev.vmsnap.spi;

import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import java.util.List;
import java.util.Optional;

/**
 * What a hypervisor tells of a VM: facts, from which the rules decide.
 *
 * @param id its id
 * @param name what the hypervisor calls it; free text
 * @param power its power state
 * @param memoryBytes the guest's RAM in bytes
 * @param disks all disks of its configuration, in that order
 * @param persistent whether its configuration outlives a stop
 * @param savedState whether a saved state waits to be resumed at the next start
 * @param machineState whether it keeps anything outside its disks that a snapshot needs: firmware variables that it can
 *     write (UEFI NVRAM), a TPM's state
 * @param stateObstacles what of that cannot be read or brought back, one phrase each that says how to mend it; empty when
 *     all can
 * @param atomicCut whether a cut in the images of several of its disks is one instant without holding the guest
 * @param agent whether a guest agent is connected
 * @param ramObstacles what keeps its RAM from being saved, one phrase for each device; empty when nothing does
 * @param job what the hypervisor is doing with it, a migration for example; empty when nothing
 */
public record VmDescription(
        VmId id,
        String name,
        PowerState power,
        long memoryBytes,
        List<Disk> disks,
        boolean persistent,
        boolean savedState,
        boolean machineState,
        List<String> stateObstacles,
        boolean atomicCut,
        boolean agent,
        List<String> ramObstacles,
        Optional<String> job) {

    /** Copies the lists. */
    public VmDescription {
        disks = List.copyOf(disks);
        stateObstacles = List.copyOf(stateObstacles);
        ramObstacles = List.copyOf(ramObstacles);
    }

    /**
     * One disk of a VM's configuration.
     *
     * @param target its name inside the VM, for example {@code vda}
     * @param device what the guest sees
     * @param type what its source is
     * @param source path, device, or {@code protocol:name}; empty when there is no medium
     * @param format the format that the configuration states; empty when it states none
     * @param readOnly whether the guest cannot write to it
     * @param shareable whether several VMs may write to it
     * @param discarded whether what the guest writes is thrown away at its end (transient)
     * @param pageCached whether what the guest writes goes through the node's page cache, as with QEMU's cache modes but
     *     {@code none} and {@code directsync}
     */
    public record Disk(
            String target,
            Device device,
            SourceType type,
            Optional<String> source,
            Optional<String> format,
            boolean readOnly,
            boolean shareable,
            boolean discarded,
            boolean pageCached) {

        /**
         * One that passes the node's page cache by, or of which nobody knows.
         *
         * @param target as in {@link #target()}
         * @param device as in {@link #device()}
         * @param type as in {@link #type()}
         * @param source as in {@link #source()}
         * @param format as in {@link #format()}
         * @param readOnly as in {@link #readOnly()}
         * @param shareable as in {@link #shareable()}
         * @param discarded as in {@link #discarded()}
         */
        public Disk(
                String target,
                Device device,
                SourceType type,
                Optional<String> source,
                Optional<String> format,
                boolean readOnly,
                boolean shareable,
                boolean discarded) {
            this(target, device, type, source, format, readOnly, shareable, discarded, false);
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
