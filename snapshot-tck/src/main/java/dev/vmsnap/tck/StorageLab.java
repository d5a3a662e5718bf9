package dev.vmsnap.tck;

import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The workbench for one storage driver: fresh volumes of a VM that is off, and an own look at them that does not go
 * through the driver. {@link StorageDriverContract} opens one for each sentence and closes it afterwards, also when the
 * sentence fails.
 */
public interface StorageLab extends AutoCloseable {

    /**
     * Returns the driver.
     *
     * @return the driver, since {@link #reopen()} another one
     */
    StorageDriver driver();

    /**
     * Returns the hypervisor whose commands and files the driver works with. One for real commands and files without
     * any VM is {@code new Datacenter().node("lab", commands, files)}.
     *
     * @return of the node that the volumes are on
     */
    HypervisorDriver hypervisor();

    /**
     * Makes an empty volume.
     *
     * @param target the disk's name inside the VM; each is asked for once
     * @return the volume, which {@link #close()} removes
     */
    Volume newVolume(String target);

    /**
     * Writes to a volume as its guest would, without the driver.
     *
     * @param volume which
     * @param content at most 100 printable ASCII characters, in place of what it held
     */
    void write(Volume volume, String content);

    /**
     * Reads a volume as its guest would, without the driver.
     *
     * @param volume which
     * @return what was written last, or empty for a fresh volume
     */
    String read(Volume volume);

    /**
     * Destroys a volume behind the driver's back, with what is inside it.
     *
     * @param volume which
     */
    void destroy(Volume volume);

    /**
     * Looks for everything that is on the storage and is not a bare volume of this lab: snapshots, reservations, files.
     *
     * @return the name of each; empty on a clean storage
     */
    List<String> traces();

    /**
     * Reads what {@link StorageDriver#publish} has put beside the volumes, without the driver.
     *
     * @param vm the VM
     * @return its text, or empty when there is none
     */
    Optional<String> published(VmId vm);

    /**
     * Writes to a place for RAM as a hypervisor would. {@link RamBesideContract} needs it.
     *
     * @param place as {@link StorageDriver.RamBeside#openRam} returned it
     * @param content at most 100 printable ASCII characters
     */
    default void writeRam(String place, String content) {
        throw new UnsupportedOperationException("the lab of a driver that keeps RAM writes to " + place);
    }

    /**
     * Reads a place for RAM as a hypervisor would. {@link RamBesideContract} needs it.
     *
     * @param place as {@link StorageDriver.RamBeside#openRam} returned it
     * @return what was written last
     */
    default String readRam(String place) {
        throw new UnsupportedOperationException("the lab of a driver that keeps RAM reads from " + place);
    }

    /** Names a cause that keeps a driver from inspecting a volume. */
    enum Disturbance {
        /** The storage is not there: not mounted, its directory moved away, its disks hidden from the node. */
        AWAY,
        /** The node has no right to read the volume. */
        DENIED,
        /** The node lacks a program that the driver needs. */
        TOOL_MISSING,
        /** A program that the driver needs fails, and says nothing of use. */
        TOOL_FAILING,
        /** A program, a file or a lock never answers. */
        HANGING
    }

    /**
     * Keeps the driver from inspecting a volume. The volume and its snapshots stay as they are, and no other volume need be
     * reachable meanwhile.
     *
     * @param kind what happens
     * @param volume to which volume
     * @return ends it; empty if this lab cannot do it, and its sentences are then not claimed
     */
    default Optional<Runnable> disturb(Disturbance kind, Volume volume) {
        return Optional.empty();
    }

    /**
     * Puts an image on another layer, as a tool that flattens or rebases it does. Asked for if the driver has the trait
     * {@link StorageDriver.Trait#IN_IMAGE}.
     *
     * @param volume which
     * @return false if this lab cannot do it, and its sentences are then not claimed
     */
    default boolean rebase(Volume volume) {
        return false;
    }

    /** Something of somebody else's, to which a volume or its surroundings lead. */
    interface Foreign {
        /**
         * Tells whether the driver has read, changed or made anything there with the rights of the node's user.
         *
         * @return whether it has
         */
        boolean isTouched();

        /** Takes away what leads there. */
        void remove();
    }

    /**
     * Puts a symbolic link, as the owner of the directory can, in the place where the driver keeps the copy of the records
     * beside a volume. It leads to a directory of somebody else's.
     *
     * @param volume which
     * @return that directory; empty if this lab cannot do it, and its sentences are then not claimed
     */
    default Optional<Foreign> linkRecords(Volume volume) {
        return Optional.empty();
    }

    /**
     * Writes into the header of an image that it stands on a file that the VM's own user may not read. Commands of
     * {@link HypervisorDriver#commandsAs} cannot read it either. Asked for if the driver has the trait
     * {@link StorageDriver.Trait#IN_IMAGE}.
     *
     * @param volume which
     * @return that file; empty if this lab cannot do it, and its sentences are then not claimed
     */
    default Optional<Foreign> baseOnClosedFile(Volume volume) {
        return Optional.empty();
    }

    /**
     * Returns how long an inspection may take if nothing answers. A driver's own deadline is shorter.
     *
     * @return the time
     */
    default Duration patience() {
        return Duration.ofMinutes(5);
    }

    /** Opens the driver anew on the same storage, as the next process would. */
    void reopen();

    /** Removes everything that the lab and the driver have made. */
    @Override
    void close();
}
