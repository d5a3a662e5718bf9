package dev.vmsnap.spi;

import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One hypervisor connection to one node: what a snapshot needs of it, and the way to run commands there. Abilities that
 * not every hypervisor has are the nested roles; a driver implements those it can keep.
 *
 * <p>Thread-safe. No call waits for ever: a node that does not answer is reported with
 * {@link dev.vmsnap.DriverException} and reason {@code UNREACHABLE} or {@code TIMEOUT}, and a lost connection is made
 * again by the next call. Every failure is a {@link dev.vmsnap.DriverException}. A driver keeps no snapshot records of
 * its own between calls.
 */
public interface HypervisorDriver extends AutoCloseable {

    /**
     * Returns the driver's id, for example {@code kvm}.
     *
     * @return a stable word
     */
    String id();

    /**
     * Returns what answers on the other side, for the record, for example {@code libvirt 9.0.0, QEMU 7.2.22}. The engine asks
     * it also to see whether the node answers: it must ask the node, and no VM.
     *
     * @return free text
     */
    String version();

    /**
     * Lists the parts of the node that are older than the driver needs, for example {@code libvirt 8.0.0 is older than 9.0}.
     * Doctor reports them; verbs work as far as the node can.
     *
     * @return one phrase for each part; empty if none is too old
     * @throws dev.vmsnap.DriverException if the node does not answer
     */
    default List<String> outdated() {
        return List.of();
    }

    /**
     * Lists what the node lacks for the work of the drivers: programs, rights, a clock that is right. Changes nothing.
     * Doctor reports it; a library that this machine lacks is a failure of {@link #version} instead.
     *
     * @param programs those that storage drivers run there, as {@link StorageDriver#programs} names them
     * @return one phrase for each thing, for example {@code there is no program qemu-img}; empty if nothing is lacking
     * @throws dev.vmsnap.DriverException if the node does not answer
     */
    default List<String> lacks(Set<String> programs) {
        return List.of();
    }

    /**
     * Lists the VMs that the node has, running or not.
     *
     * @return the VMs in any order; one that vanishes meanwhile is left out
     */
    List<VmDescription> vms();

    /**
     * Finds a VM.
     *
     * @param vm which
     * @return its description, or empty if the node answered and has no such VM; every other outcome is an exception
     */
    Optional<VmDescription> find(VmId vm);

    /**
     * Reads a VM's configuration with everything that is needed to bring it back, secrets included.
     *
     * @param vm which
     * @return the configuration
     */
    VmConfiguration configuration(VmId vm);

    /**
     * Compares two configurations of one VM.
     *
     * @param then the older one
     * @param now the newer one
     * @return what differs and matters to a guest, one phrase each, without secrets; empty when nothing does
     */
    List<String> differences(VmConfiguration then, VmConfiguration now);

    /**
     * Makes a configuration the VM's own for its next start. A node that has not had the VM has it from now on.
     *
     * @param vm which; must be off
     * @param configuration as {@link #configuration} returned it
     */
    void define(VmId vm, VmConfiguration configuration);

    /**
     * Forgets a VM's configuration; its disks stay. "Already forgotten" is success.
     *
     * @param vm which; must be off
     */
    void forget(VmId vm);

    /**
     * Stops a VM at once, without asking the guest. "Already off" is success.
     *
     * @param vm which
     */
    void stop(VmId vm);

    /**
     * Starts a VM from its disks. "Already running" is success.
     *
     * @param vm which
     * @param held whether its processors stay held
     */
    void start(VmId vm, boolean held);

    /**
     * Completes a restore of RAM whose answer was lost, on a VM that is active by now. The configuration for its next start
     * becomes the one of before, under the names and notes that it has now. A guest that has its RAM and was not released
     * yet is released, if the restore was to end so; else it runs on, or stays paused. Idempotent.
     *
     * @param vm which; its RAM was restored by {@link InImageRam#restore} or {@link RamBeside#restore}
     * @param configuration that of the snapshot
     */
    default void completeRestore(VmId vm, VmConfiguration configuration) {}

    /**
     * Returns the way to run commands on the node.
     *
     * @return the same one each time
     */
    Commands commands();

    /**
     * Returns the way to run commands on the node with no more rights than the VM's own process has. A storage driver opens
     * by them what only an image's header names, since whoever made the image wrote the header.
     *
     * <p>The default returns {@link #commands()}. A driver whose commands have more rights than its VMs overrides it.
     *
     * @param vm which
     * @return the way to run commands
     * @throws dev.vmsnap.DriverException {@code DENIED} if the node's user may not give up its rights for those of the VM;
     *     a command may throw it too
     */
    default Commands commandsAs(VmId vm) {
        return commands();
    }

    /**
     * Returns the way to small files on the node.
     *
     * @return the same one each time
     */
    NodeFiles files();

    /**
     * Returns this hypervisor as the holder of a lease uses it: a call that changes something, and every command, asks for
     * the remaining time at the last moment and changes nothing if the lease may be over. A command is checked by the node
     * itself, in the process that becomes the program: a caller that was suspended meanwhile cannot start it.
     *
     * <p>What is returned has the same roles. Closing it does nothing. The default fences nothing: the engine then checks
     * before each call, and a caller that is suspended after that still makes the call.
     *
     * @param fence asked at the last moment
     * @return the fenced hypervisor
     */
    default HypervisorDriver fencedBy(Fence fence) {
        return this;
    }

    /** Lets go of the connection. Idempotent. */
    @Override
    void close();

    /** Tells whether the caller still holds the lease under which it works. Thread-safe. */
    @FunctionalInterface
    interface Fence {
        /**
         * Returns for how long the caller certainly still holds the lease.
         *
         * @return longer than zero
         * @throws dev.vmsnap.DriverException {@code LEASE_LOST} if the lease may be over: nothing more may be changed
         */
        Duration remaining();

        /**
         * Requires the lease to be held.
         *
         * @throws dev.vmsnap.DriverException {@code LEASE_LOST} if it may be over
         */
        default void require() {
            remaining();
        }
    }

    /** Holds a guest's processors. */
    interface Hold {
        /**
         * Has the node release the guest by itself should nobody else have done so when a limit is over: this process may
         * die, be stopped, or lose its way to the node. Called before {@link #hold}; {@link #release} ends it. The node
         * releases only the hold that follows, never a guest that stands still for another reason. A driver whose node has
         * no means for it does nothing.
         *
         * @param vm which
         * @param limit for how long the guest may be held; the node waits a little longer
         */
        default void guard(VmId vm, Duration limit) {}

        /**
         * Holds the guest; its disks are quiet and flushed on return. "Already held" is success.
         *
         * @param vm which
         */
        void hold(VmId vm);

        /**
         * Lets the guest run on. "Already running" is success. After {@link #guard} a guest that the node has released
         * already is left alone: what holds it now is somebody else's.
         *
         * @param vm which
         * @return whether the guest was held until now; if not, what was done meanwhile is not of one instant
         */
        boolean release(VmId vm);
    }

    /** Works on snapshots inside the images of an active VM. */
    interface InImageSnapshots {
        /**
         * Reads what the images of an active VM hold, as the hypervisor itself sees it.
         *
         * @param vm which; must be active
         * @return one entry for each disk with an image that can hold snapshots
         */
        List<ImageInfo> images(VmId vm);

        /**
         * Names the disks of an active VM whose image cannot be determined, because something that the hypervisor has put
         * in front of it hides it. {@link #images} leaves them out; they are unknown and not absent.
         *
         * @param vm which; must be active
         * @return why, by target; empty if nothing is hidden
         */
        default Map<String, String> hidden(VmId vm) {
            return Map.of();
        }

        /**
         * Takes a snapshot in all those images at one instant: all of them, or none.
         *
         * @param vm which; must be active
         * @param volumes in which images
         * @param id named by {@link ImageInfo#tag}
         * @param call the call's context
         * @return how long the hypervisor answered nothing else and the guest's disks stood still
         */
        Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call);

        /**
         * Deletes a snapshot from those images. "Already gone" is success if the image on storage says so; the memory of the
         * hypervisor is no proof after an error.
         *
         * @param vm which; must be active
         * @param volumes from which images
         * @param id which snapshot
         * @param call the call's context
         */
        void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call);

        /**
         * Frees what a failed {@link InImageRam#save}, or RAM that was restored and deleted, has left allocated in an
         * image. The guest is held meanwhile if need be, and runs again on return, also when this fails.
         *
         * @param vm which; must be active
         * @param volumes in which images; a volume that states its {@linkplain Volume#virtualBytes() size} must be of
         *     that size in the end, whatever an attempt that died on the way has left
         * @param call the call's context
         */
        void reclaim(VmId vm, List<Volume> volumes, DriverCall call);
    }

    /** Saves RAM inside the images, together with the disks. */
    interface InImageRam {
        /**
         * Saves RAM into the first image and takes a snapshot in all of them, at one instant. The hypervisor holds the
         * guest and releases it by itself, also when this fails and when the caller dies.
         *
         * @param vm which; must be active
         * @param volumes all writable disks of the VM, the first one takes the RAM
         * @param id named by {@link ImageInfo#tag}
         * @param call the call's context
         * @return how long the guest was held, zero when it was held before
         */
        Duration save(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call);

        /**
         * Brings RAM and disks back to a snapshot: stops the VM if it is active and starts it with the saved RAM.
         *
         * @param vm which
         * @param volumes the volumes of the snapshot
         * @param id which snapshot
         * @param configuration the VM's configuration at the cut
         * @param power {@link PowerState#RUNNING} or {@link PowerState#PAUSED}, the state to end in
         * @param call the call's context
         */
        void restore(
                VmId vm,
                List<Volume> volumes,
                SnapshotId id,
                VmConfiguration configuration,
                PowerState power,
                DriverCall call);
    }

    /** Saves RAM beside the disks, into a place that a storage has reserved. */
    interface RamBeside {
        /**
         * Writes RAM and device state of a guest that is held. The guest stays held, also when this fails. A caller that
         * dies does not keep {@link Hold#release} from letting the guest go on.
         *
         * @param vm which; must be held
         * @param target a file or device of the node
         * @param call the call's context; when it is cancelled the writing ends with
         *     {@link dev.vmsnap.CancelledException}
         * @return how many bytes of the target are needed to restore it, at least
         */
        long save(VmId vm, String target, DriverCall call);

        /**
         * Starts a VM with saved RAM, from its disks as they are. It stops the VM if it is active. The target is only
         * read.
         *
         * @param vm which
         * @param target where {@link #save} has written
         * @param configuration the VM's configuration at the cut
         * @param power {@link PowerState#RUNNING} or {@link PowerState#PAUSED}, the state to end in
         * @param call the call's context
         */
        void restore(VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call);
    }

    /** Reads and brings back what a machine keeps outside its disks: firmware variables (UEFI NVRAM), a TPM's state. */
    interface MachineState {
        /**
         * Reads it.
         *
         * @param vm which; held, or off, or with a state that is sound at any instant
         * @return each part under the driver's own name for it, its bytes in Base64; empty when the machine keeps nothing.
         *     The names of a TPM's parts, and no others, begin with {@code tpm}
         */
        Map<String, String> read(VmId vm);

        /**
         * Brings it back. Asked again it does so again.
         *
         * @param vm which; must be off
         * @param state what {@link #read} returned; empty changes nothing
         */
        void write(VmId vm, Map<String, String> state);
    }

    /** Renews generation IDs, which tell a guest that it went back in time. */
    interface GenerationIds {
        /**
         * Gives a VM that has a generation ID a new one for its next start; one that has none stays as it is. Loading RAM
         * renews it without being asked.
         *
         * @param vm which; must be off
         */
        void renew(VmId vm);
    }

    /** Sets the clock of a guest through its agent. */
    interface GuestClock {
        /**
         * Sets the guest's clock to the present.
         *
         * @param vm which; must be running
         * @throws dev.vmsnap.DriverException if the guest has no agent, or if its agent does not answer or refuses
         */
        void set(VmId vm);
    }

    /** Forgets checkpoints, with which a hypervisor names dirty bitmaps for backup tools. */
    interface Checkpoints {
        /**
         * Forgets what is recorded of a VM's checkpoints; the images stay as they are. Asked again it forgets nothing.
         *
         * @param vm which; must be off
         * @return how many were forgotten, at least 0
         */
        int forgetCheckpoints(VmId vm);
    }

    /** Keeps what others have noted on a VM: a title, a description, elements of other programs. */
    interface Metadata {
        /**
         * Gives an active VM the metadata that its configuration for the next start has. RAM that was loaded has brought the
         * metadata of then.
         *
         * @param vm which; must be active
         */
        void refreshMetadata(VmId vm);
    }

    /** Knows what a configuration needs of a node. */
    interface Relocation {
        /**
         * Names what keeps this node from starting a VM with a configuration. The engine asks the node that the VM would
         * go to, and the VM's own node before it stops a guest.
         *
         * @param configuration the configuration
         * @param hypervisor what answered where its RAM was saved, as {@link HypervisorDriver#version} told it; empty when
         *     no RAM of it is to be brought back
         * @return one phrase for each thing: a machine type, a processor, a version, a path; empty when nothing does
         */
        List<String> obstacles(VmConfiguration configuration, String hypervisor);

        /**
         * Returns a configuration with its disks elsewhere.
         *
         * @param configuration the configuration
         * @param sources where disks are now, by target; a target that the configuration has not is ignored
         * @return the changed copy
         */
        VmConfiguration relocated(VmConfiguration configuration, Map<String, String> sources);
    }

    /** Freezes a guest's file systems through its agent. */
    interface Quiesce {
        /**
         * Freezes all file systems of the guest. Something that outlives the caller thaws them should nobody else have done
         * so some time after the deadline; it never thaws what is frozen later.
         *
         * <p>When this fails the guest is not frozen; or, where its agent does not answer any more, it is thawed as soon as
         * the agent answers again, without anybody asking. The reason is {@code TIMEOUT} when the deadline is over, and
         * {@code IN_USE} when somebody else has frozen the guest, which then stays frozen.
         *
         * @param vm which; must be running
         * @param deadline how long it may take
         */
        void freeze(VmId vm, Duration deadline);

        /**
         * Thaws the guest. "Not frozen" is success, also where the agent does not answer and nothing can be frozen.
         *
         * @param vm which; must be running
         * @return whether it was frozen until now; if not, it may have written since it was frozen
         */
        boolean thaw(VmId vm);
    }
}
