package dev.vmsnap.tck;

import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The workbench for one hypervisor driver: fresh VMs with a guest that keeps what it is told, and an own look at them that
 * does not go through the driver. {@link HypervisorDriverContract} opens one for each sentence and closes it afterwards,
 * also when the sentence fails.
 */
public interface HypervisorLab extends AutoCloseable {

    /**
     * Returns the driver.
     *
     * @return the same one each time
     */
    HypervisorDriver driver();

    /**
     * Makes a VM that is off and persistent, with two writable disks {@code vda} and {@code vdb}. Where the driver has
     * the roles, its images can hold snapshots and its RAM can be saved; for {@link QuiesceContract} its guest has an
     * agent once it runs.
     *
     * @return the VM, which {@link #close()} removes
     */
    VmId newVm();

    /**
     * Returns the disks of a VM of this lab.
     *
     * @param vm the VM
     * @return {@code vda} and {@code vdb}
     */
    List<Volume> volumes(VmId vm);

    /**
     * Has the running guest keep a text in its RAM. Waits for a guest that still boots.
     *
     * @param vm the VM
     * @param text at most 100 printable ASCII characters
     */
    void remember(VmId vm, String text);

    /**
     * Asks the running guest what it keeps in its RAM. Waits for a guest that still boots.
     *
     * @param vm the VM
     * @return the text, or empty when it was told nothing since it booted
     */
    String remembered(VmId vm);

    /**
     * Has the running guest write to a disk, so that the disk has it when this returns.
     *
     * @param vm the VM
     * @param target the disk's name inside the VM
     * @param text at most 100 printable ASCII characters
     */
    void write(VmId vm, String target, String text);

    /**
     * Asks the running guest what a disk holds, past every cache. Waits for a guest that still boots.
     *
     * @param vm the VM
     * @param target the disk's name inside the VM
     * @return the text, or empty when nothing was written
     */
    String read(VmId vm, String target);

    /**
     * Has every save of the VM's RAM fail from now on, for example for want of space. Only asked for where the driver
     * has the role.
     *
     * @param vm the VM
     */
    void makeSaveFail(VmId vm);

    /**
     * Makes a place for RAM on the node, as a storage does: a file or device that nobody else can read. Only asked for
     * where the driver has the role.
     *
     * @param bytes how much it can hold, and no more
     * @return where {@link dev.vmsnap.spi.HypervisorDriver.RamBeside#save} can write; {@link #close()} removes it
     */
    String newRamPlace(long bytes);

    /**
     * Opens a driver of the same kind whose node does not answer.
     *
     * @return the driver, which {@link #close()} closes; empty if this lab has none
     */
    default Optional<HypervisorDriver> unreachable() {
        return Optional.empty();
    }

    /**
     * A driver whose node, or machine, lacks a library or program that it needs to find VMs.
     *
     * @param driver the driver
     * @param tool the name of the library or program
     */
    record Lacking(HypervisorDriver driver, String tool) {}

    /**
     * Opens a driver of the same kind whose node, or machine, lacks a library or program that it needs to find VMs.
     *
     * @return the driver, which {@link #close()} closes; empty if this lab has none
     */
    default Optional<Lacking> withoutTool() {
        return Optional.empty();
    }

    /**
     * Has the hypervisor fail to delete snapshots from the images of a VM, and forget them if it does. The images keep what
     * they hold.
     *
     * @param vm the VM; must be running
     * @return ends it; empty if this lab cannot do it
     */
    default Optional<Runnable> makeDeletesFail(VmId vm) {
        return Optional.empty();
    }

    /**
     * Lists the snapshots that the images of a VM hold on storage, without the driver and past the memory of the hypervisor.
     * Asked for if {@link #makeDeletesFail} is there.
     *
     * @param vm the VM
     * @return their names, once for each image that holds them
     */
    default List<String> snapshotsOnStorage(VmId vm) {
        throw new UnsupportedOperationException("the lab of a driver whose deletions fail reads the images of " + vm);
    }

    /**
     * Removes a file of the node, other than a disk, without which the VM cannot start.
     *
     * @param vm the VM; must be off
     * @return a word that names it, for example its path; empty if this lab cannot do it
     */
    default Optional<String> removeNeededFile(VmId vm) {
        return Optional.empty();
    }

    /**
     * Gives a VM a generation ID, unless it has one.
     *
     * @param vm the VM; must be off
     * @return reads the ID that the guest has, or gets at its next start; empty if this lab cannot do it
     */
    default Optional<Supplier<String>> giveGenerationId(VmId vm) {
        return Optional.empty();
    }

    /**
     * Makes a VM as {@link #newVm} does, whose guest has no agent.
     *
     * @return the VM, which {@link #close()} removes; empty if this lab cannot do it
     */
    default Optional<VmId> newVmWithoutAgent() {
        return Optional.empty();
    }

    /**
     * Returns an empty directory on the node.
     *
     * @return its absolute path; {@link #close()} removes it
     */
    String directory();

    /** Removes everything that the lab and the driver have made. */
    @Override
    void close();
}
