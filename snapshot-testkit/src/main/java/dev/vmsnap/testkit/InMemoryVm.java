package dev.vmsnap.testkit;

import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * A VM in memory, and the guest in it: what its RAM and its disks hold can be written and read, so that a test sees a
 * restore. It begins running, persistent, with an agent and 1 GiB of memory, and keeps atomic cuts. Thread-safe.
 */
public final class InMemoryVm {
    private static final long ONE_GIB = 1L << 30;

    private final Datacenter datacenter;
    private final VmId id;
    private final Guest guest;
    private final Condition condition;
    private final Reversion reversion;
    private String name;
    private Definition persistent = new Definition(ONE_GIB, List.of(), List.of());
    private Definition live = persistent;

    InMemoryVm(Datacenter datacenter, String name) {
        this.datacenter = datacenter;
        this.id = VmId.of(name);
        this.name = name;
        this.guest = new Guest(datacenter.clock());
        this.condition = new Condition();
        this.reversion = new Reversion(datacenter.faults());
    }

    /** The same guest with a definition of its own, as another node has one while the guest is taken there. */
    private InMemoryVm(InMemoryVm other) {
        this.datacenter = other.datacenter;
        this.id = other.id;
        this.name = other.name;
        this.guest = other.guest;
        this.condition = other.condition;
        this.reversion = other.reversion;
        define(other.persistent);
    }

    InMemoryVm elsewhere() {
        return new InMemoryVm(this);
    }

    /**
     * Returns its id, made of the name that it began with.
     *
     * @return its id
     */
    public VmId id() {
        return id;
    }

    /**
     * Returns what the hypervisor calls it now.
     *
     * @return its name
     */
    public String name() {
        return locked(() -> name);
    }

    /**
     * Gives it another name; its id stays.
     *
     * @param next the name
     * @return this
     */
    public InMemoryVm rename(String next) {
        return set(() -> name = next);
    }

    /**
     * Returns its power state.
     *
     * @return as a description would have it
     */
    public PowerState power() {
        return locked(guest::power);
    }

    /**
     * Switches it, as its administrator: {@code OFF} loses the RAM, {@code RUNNING} from {@code OFF} boots, and
     * {@code PAUSED} is the administrator's own pause, not a driver's hold.
     *
     * @param next the power state
     * @return this
     */
    public InMemoryVm power(PowerState next) {
        return set(() -> {
            if (!guest.power().isActive() && next.isActive()) {
                live = persistent;
            }
            guest.power(next);
        });
    }

    /**
     * Saves its RAM aside and switches it off, as libvirt's managed save; its next start continues there.
     *
     * @return this
     */
    public InMemoryVm saveState() {
        return set(guest::saveState);
    }

    /**
     * Returns what the guest's RAM holds.
     *
     * @return what {@link #remember} wrote last, or the empty text since the last boot
     * @throws IllegalStateException if the VM is off and has no RAM
     */
    public String ram() {
        return locked(guest::ram);
    }

    /**
     * Has the guest write to its RAM.
     *
     * @param content replaces what it held
     * @throws IllegalStateException if the guest does not run
     */
    public void remember(String content) {
        set(() -> guest.remember(content));
    }

    /**
     * Has the guest write to a disk, or whoever mounts it while the VM is off.
     *
     * @param target the disk's name inside the VM
     * @param content replaces what it held
     * @throws IllegalStateException if the guest is paused, held, or frozen
     */
    public void write(String target, String content) {
        set(() -> {
            guest.requireCanWrite();
            disk(target).overwrite(content);
        });
    }

    /**
     * Returns what a disk holds.
     *
     * @param target the disk's name inside the VM
     * @return its content
     */
    public String read(String target) {
        return disk(target).content();
    }

    /**
     * Returns what is behind a disk.
     *
     * @param target the disk's name inside the VM
     * @return the disk with its snapshots
     */
    public InMemoryDisk disk(String target) {
        return locked(() -> disks().stream()
                .filter(disk -> disk.target().equals(target))
                .flatMap(disk -> disk.source().stream())
                .findFirst()
                .map(datacenter::disk)
                .orElseThrow(() -> new IllegalArgumentException(id + " has no disk " + target)));
    }

    /**
     * Adds a qcow2 file under {@code /images}.
     *
     * @param target its name inside the VM
     * @return this
     */
    public InMemoryVm withFile(String target) {
        String source = Datacenter.IMAGES + "/" + id + "-" + target + ".qcow2";
        return with(Definition.disk(target, SourceType.FILE, source, "qcow2"));
    }

    /**
     * Adds a raw logical volume under {@code /dev/vg_guests}.
     *
     * @param target its name inside the VM
     * @return this
     */
    public InMemoryVm withLogicalVolume(String target) {
        return with(
                Definition.disk(target, SourceType.BLOCK, Datacenter.VOLUME_GROUP + "/" + id + "-" + target, "raw"));
    }

    /**
     * Adds a Ceph RADOS block device, which no storage here claims.
     *
     * @param target its name inside the VM
     * @return this
     */
    public InMemoryVm withRbd(String target) {
        return with(Definition.disk(target, SourceType.RBD, "rbd:pool/" + id + "-" + target, "raw"));
    }

    /**
     * Adds a CD drive with a medium.
     *
     * @param target its name inside the VM
     * @return this
     */
    public InMemoryVm withCdrom(String target) {
        return with(Definition.cdrom(target, "/iso/" + target + ".iso"));
    }

    /**
     * Adds any disk, in place of one with the same target.
     *
     * @param disk as the hypervisor describes it
     * @return this
     */
    public InMemoryVm with(Disk disk) {
        return define(definition -> definition.with(disk), () -> disk.source().ifPresent(datacenter::disk));
    }

    /**
     * Takes a disk out of the configuration; its source stays.
     *
     * @param target its name inside the VM
     * @return this
     */
    public InMemoryVm detach(String target) {
        return define(definition -> definition.without(target), () -> {});
    }

    /**
     * Sets the size of its memory.
     *
     * @param bytes the size
     * @return this
     */
    public InMemoryVm memory(long bytes) {
        return define(definition -> definition.withMemory(bytes), () -> {});
    }

    /**
     * Adds a line to its configuration, which the fake itself does not understand, so that it drifts.
     *
     * @param line {@code key=value}, in place of one with the same key; under the key {@code secret} it is a secret, and
     *     under the key {@code note} it is metadata, which is no drift
     * @return this
     */
    public InMemoryVm configure(String line) {
        return define(definition -> definition.with(line), () -> {});
    }

    /**
     * Sets whether its configuration outlives a stop; of one that does not, a stop leaves nothing.
     *
     * @param outlives whether it is persistent
     * @return this
     */
    public InMemoryVm persistent(boolean outlives) {
        return set(() -> condition.persistent = outlives);
    }

    /**
     * Has it keep something outside its disks, such as firmware variables.
     *
     * @param state each part under a name of its own; empty for nothing
     * @return this
     */
    public InMemoryVm machineState(Map<String, String> state) {
        return set(() -> condition.machineState = Map.copyOf(state));
    }

    /**
     * Returns what it keeps outside its disks.
     *
     * @return each part under its name
     */
    public Map<String, String> machineState() {
        return locked(() -> condition.machineState);
    }

    /**
     * Returns what tells that the VM went back in time.
     *
     * @return the same one each time
     */
    public Reversion reversion() {
        return reversion;
    }

    /**
     * Returns the metadata that it has now.
     *
     * @return the value under the key {@code note}; may be empty
     */
    public String note() {
        return locked(() -> definition().note());
    }

    /**
     * Sets what of that cannot be part of a snapshot.
     *
     * @param obstacles one phrase each; none to let it be
     * @return this
     */
    public InMemoryVm stateObstacles(String... obstacles) {
        return set(() -> condition.stateObstacles = List.of(obstacles));
    }

    /**
     * Sets whether its images can be cut at one instant without a hold.
     *
     * @param atomic whether they can
     * @return this
     */
    public InMemoryVm atomicCut(boolean atomic) {
        return set(() -> condition.atomicCut = atomic);
    }

    /**
     * Sets whether its guest agent is connected.
     *
     * @param connected whether it is
     * @return this
     */
    public InMemoryVm agent(boolean connected) {
        return set(() -> condition.agent = connected);
    }

    /**
     * Sets what keeps its RAM from being saved.
     *
     * @param devices one phrase each; none to let it be saved again
     * @return this
     */
    public InMemoryVm ramObstacles(String... devices) {
        return set(() -> condition.ramObstacles = List.of(devices));
    }

    /**
     * Has the hypervisor be busy with it.
     *
     * @param what the job; blank to end it
     * @return this
     */
    public InMemoryVm job(String what) {
        return set(() -> condition.job = Optional.of(what).filter(text -> !text.isBlank()));
    }

    /**
     * Tells whether a driver holds it; an administrator's own pause is no hold.
     *
     * @return true between hold and release
     */
    public boolean isHeld() {
        return locked(guest::isHeld);
    }

    /**
     * Tells whether its file systems are frozen.
     *
     * @return true between freeze and thaw
     */
    public boolean isFrozen() {
        return locked(guest::isFrozen);
    }

    /**
     * Returns how often a driver has held it while it ran.
     *
     * @return at least 0
     */
    public int holds() {
        return locked(guest::holds);
    }

    /**
     * Returns how long drivers have held it in all, by the datacenter's clock.
     *
     * @return at least zero
     */
    public Duration heldFor() {
        return locked(guest::heldFor);
    }

    /**
     * Returns how often it was frozen.
     *
     * @return at least 0
     */
    public int freezes() {
        return locked(guest::freezes);
    }

    /**
     * Returns how long it was frozen in all, by the datacenter's clock.
     *
     * @return at least zero
     */
    public Duration frozenFor() {
        return locked(guest::frozenFor);
    }

    /**
     * Returns how often it booted from its disks; going on with saved RAM is no boot.
     *
     * @return at least 0
     */
    public int boots() {
        return locked(guest::boots);
    }

    Guest guest() {
        return guest;
    }

    boolean isActive() {
        return guest.power().isActive();
    }

    Condition condition() {
        return condition;
    }

    Definition persistentDefinition() {
        return persistent;
    }

    Definition definition() {
        return isActive() ? live : persistent;
    }

    List<Disk> disks() {
        return definition().disks();
    }

    boolean uses(String source) {
        return disks().stream()
                .anyMatch(disk -> disk.source().filter(source::equals).isPresent());
    }

    void define(Definition next) {
        persistent = next;
        live = next;
    }

    void useDefinition(Definition persistently, Definition now) {
        persistent = persistently;
        live = now;
    }

    void refreshNote() {
        live = live.notedAs(persistent);
    }

    void boot(boolean held) {
        live = persistent;
        reversion.boots();
        guest.boot(held);
    }

    VmDescription describe() {
        Definition now = definition();
        return new VmDescription(
                id,
                name,
                guest.power(),
                now.memoryBytes(),
                now.disks(),
                condition.traits(guest, reversion),
                condition.stateObstacles,
                condition.ramObstacles,
                condition.job);
    }

    private InMemoryVm define(UnaryOperator<Definition> change, Runnable also) {
        return set(() -> {
            persistent = change.apply(persistent);
            live = change.apply(live);
            also.run();
        });
    }

    private InMemoryVm set(Runnable change) {
        synchronized (datacenter.faults()) {
            change.run();
        }
        return this;
    }

    private <T> T locked(Supplier<T> question) {
        synchronized (datacenter.faults()) {
            return question.get();
        }
    }
}
