package dev.vmsnap.kvm;

import static java.util.Objects.requireNonNull;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * KVM guests of one node through libvirt and, for snapshots inside images, QEMU's own commands. A VM's id is its UUID in
 * lower-case letters.
 *
 * <p>Nothing is connected before the first call, and a connection that was lost is made again by the next one. A daemon
 * that hangs is noticed after about 20 seconds. libvirt never has a record of a snapshot of ours. A VM that was started to
 * be given its RAM and has not got it, because a process died on the way, is reported as off.
 *
 * <p>Thread-safe. Needs {@code libvirt.so.0} and {@code libvirt-qemu.so.0} on the machine that it runs on.
 */
public final class KvmHypervisor
        implements HypervisorDriver,
                HypervisorDriver.Hold,
                HypervisorDriver.InImageSnapshots,
                HypervisorDriver.InImageRam,
                HypervisorDriver.RamBeside,
                HypervisorDriver.MachineState,
                HypervisorDriver.Checkpoints,
                HypervisorDriver.Metadata,
                HypervisorDriver.Relocation,
                HypervisorDriver.GenerationIds,
                HypervisorDriver.GuestClock,
                HypervisorDriver.Quiesce {
    private static final Duration CLOCK = Duration.ofSeconds(10);
    private static final Duration UNFENCED = Duration.ofDays(1);

    private final NodeUri node;
    private final Link link;
    private final NodeAccess access;
    private final OwnGuards own;
    private final Daemon daemon;
    private final Guests guests;
    private final Descriptions descriptions;
    private final Definitions definitions;
    private final GuardedHold hold;
    private final ImageSnapshots images;
    private final RamSave ramSave;
    private final RamRestore ramRestore;
    private final RamBesideSave ramBesideSave;
    private final RamBesideRestore ramBesideRestore;
    private final Reclaim reclaim;
    private final Loading loading;
    private final MachineStates states;
    private final Suitability suitability;
    private final AgentFreeze agent;
    private final GuestAgent guestAgent;
    private final Accounts accounts;
    private final AutoCloseable closing;

    private KvmHypervisor(
            NodeUri node, Link link, NodeAccess access, Fence fence, OwnGuards own, AutoCloseable closing) {
        this.node = node;
        this.link = link;
        this.access = access;
        this.own = own;
        this.closing = closing;
        Commands commands = access.commands();
        this.guests = new Guests(link, fence);
        Listening listening = new Listening(guests);
        this.hold = new GuardedHold(
                guests, new GuestRelease(guests, listening), NodeGuards.releasing(commands, node.onNode(), ""), own);
        StoredImages stored = new StoredImages(commands);
        this.images = new ImageSnapshots(guests, stored, new OpenFiles(commands));
        this.daemon = new Daemon(link);
        SnapshotJob job = new SnapshotJob(link, guests);
        this.loading = new Loading(job, guests, images);
        this.descriptions = new Descriptions(guests, loading, daemon);
        this.definitions = new Definitions(guests, loading);
        this.ramSave = new RamSave(job, guests, images);
        this.ramRestore = new RamRestore(guests, images, loading, daemon, stored);
        this.ramBesideSave = new RamBesideSave(link, guests, listening, commands);
        this.ramBesideRestore = new RamBesideRestore(guests, daemon, commands);
        StateFiles stateFiles = new StateFiles(commands, access.files());
        this.states = new MachineStates(guests, daemon, stateFiles);
        this.suitability = new Suitability(daemon, guests, commands);
        this.reclaim = new Reclaim(guests, hold, images);
        this.guestAgent = new GuestAgent(guests::agent);
        this.agent = new AgentFreeze(guestAgent, NodeGuards.thawing(commands, node.onNode(), ""), own);
        this.accounts = new Accounts(guests, daemon, commands);
    }

    private static KvmHypervisor open(NodeUri node, Link link, Commands commands, NodeFiles files, AutoCloseable more) {
        NodeAccess access = new NodeAccess(commands, files, new NodeClock(commands));
        return new KvmHypervisor(node, link, access, () -> UNFENCED, new OwnGuards(), () -> {
            link.close();
            more.close();
        });
    }

    /**
     * Prepares a connection to a node. The daemon of this machine comes with commands and files of this machine; a node
     * behind {@code qemu+ssh://} is reached by OpenSSH for both, with the user's own keys and configuration and without
     * ever asking for a password.
     *
     * <p>Of the parameters of such a URI, {@code keyfile}, {@code command} and {@code no_verify} hold for both. So do
     * {@code known_hosts} (an absolute path; the host has to be in it) and {@code known_hosts_verify} ({@code normal},
     * {@code auto}, {@code ignore}), which libvirt itself ignores with this transport. The others are libvirt's affair.
     *
     * @param uri {@code qemu:///system}, {@code qemu:///session} or {@code qemu+ssh://[user@]host[:port]/system}
     * @return the driver; nothing is connected yet
     * @throws IllegalArgumentException if the URI is not one of these; use {@link #connect(String, Commands, NodeFiles)}
     *     for others
     */
    public static KvmHypervisor connect(String uri) {
        NodeUri node = NodeUri.parse(requireNonNull(uri, "uri"));
        if (node.ssh().isPresent()) {
            SshCommands commands = new SshCommands(node.ssh().get(), new LocalPrograms());
            return open(node, link(node, commands), commands, new CommandFiles(commands), commands);
        }
        if (!node.local()) {
            throw new IllegalArgumentException("no way to run commands on the node of " + uri + "; give one");
        }
        LocalCommands commands = new LocalCommands();
        return open(
                node,
                new Link(node.libvirt(), node::libvirt),
                commands,
                new LocalFiles(java.nio.file.FileSystems.getDefault()),
                () -> {});
    }

    /**
     * Prepares a connection to a node that the host reaches its own way.
     *
     * @param uri a URI of libvirt's QEMU driver with any transport, such as {@code qemu+tls://host/system}
     * @param commands runs commands on that node
     * @param files reads and writes files of that node
     * @return the driver; nothing is connected yet
     * @throws IllegalArgumentException if the URI is not one of these
     */
    public static KvmHypervisor connect(String uri, Commands commands, NodeFiles files) {
        NodeUri node = NodeUri.parse(requireNonNull(uri, "uri"));
        requireNonNull(commands, "commands");
        requireNonNull(files, "files");
        if (node.ssh().isPresent()) {
            SshCommands trust = new SshCommands(node.ssh().get(), new LocalPrograms());
            return open(node, link(node, trust), commands, files, trust);
        }
        return open(node, new Link(node.libvirt(), node::libvirt), commands, files, () -> {});
    }

    /** libvirt does not tell ssh what the URI says of the host's key, so a program of ours does. */
    private static Link link(NodeUri node, SshCommands ssh) {
        Supplier<String> address = node.ssh().orElseThrow().trust().untold()
                ? () -> node.libvirtWith(ssh.program().toString())
                : node::libvirt;
        return new Link(node.libvirt(), () -> {
            ssh.requireProgram();
            return address.get();
        });
    }

    @Override
    public String id() {
        return Failures.DRIVER;
    }

    @Override
    public String version() {
        return daemon.version();
    }

    @Override
    public List<String> outdated() {
        return daemon.versions().obstacles(VersionRule.Concern.NODE);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Programs on the node, the difference of its clock from this machine's, and the right to write to the directories
     * of its VMs' images.
     */
    @Override
    public List<String> lacks(Set<String> programs) {
        return new NodeNeeds(commands(), Clock.systemUTC()).lacking(programs, vms());
    }

    @Override
    public List<VmDescription> vms() {
        List<VmDescription> found = new ArrayList<>();
        for (VmId vm : guests.all()) {
            descriptions.listed(vm).ifPresent(found::add);
        }
        return found;
    }

    @Override
    public Optional<VmDescription> find(VmId vm) {
        return descriptions.find(vm);
    }

    @Override
    public VmConfiguration configuration(VmId vm) {
        return definitions.configuration(vm);
    }

    @Override
    public List<String> differences(VmConfiguration then, VmConfiguration now) {
        return Differences.between(then.persistent(), now.persistent());
    }

    /**
     * {@inheritDoc}
     *
     * <p>A VM that the node has keeps the name, title and description that it has now. One that it has not comes with those
     * of the configuration; that another VM has the name is {@code IN_USE}.
     */
    @Override
    public void define(VmId vm, VmConfiguration configuration) {
        definitions.define(vm, configuration);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Firmware variables and the state of a TPM stay on the node too. A managed save, and snapshots that libvirt
     * has records of, are {@code IN_USE}: they would be lost.
     */
    @Override
    public void forget(VmId vm) {
        definitions.forget(vm);
    }

    @Override
    public void stop(VmId vm) {
        guests.stop(vm);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A managed save is discarded: its RAM does not fit disks that have changed.
     */
    @Override
    public void start(VmId vm, boolean held) {
        loading.endWaiting(vm);
        PowerState power = guests.power(vm);
        if (power == PowerState.OFF) {
            Guests.inspected(
                    () -> guests.change(vm, "start", Link.LONG, domain -> {
                        int boot = domain.hasManagedSave() ? Virt.START_FORCE_BOOT : 0;
                        domain.create(boot | (held ? Virt.START_PAUSED : 0));
                    }),
                    () -> guests.power(vm) == (held ? PowerState.PAUSED : PowerState.RUNNING));
        } else if (power == PowerState.PAUSED && !held) {
            guests.release(vm);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>The generation ID of the run becomes that of the configuration.
     */
    @Override
    public void completeRestore(VmId vm, VmConfiguration configuration) {
        definitions.completeRestore(vm, configuration);
    }

    @Override
    public Commands commands() {
        return access.commands();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The VM's user is the one that libvirt labels its files for. Of a VM that is off and would run as root they have
     * nobody's rights: root may read everything, which says nothing about the image.
     */
    @Override
    public Commands commandsAs(VmId vm) {
        return accounts.commandsAs(vm);
    }

    @Override
    public NodeFiles files() {
        return access.files();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Each call of libvirt that changes something asks right before it; what libvirt was told already is done. A command is
     * checked by the node's clock since its boot.
     */
    @Override
    public KvmHypervisor fencedBy(Fence fence) {
        return new KvmHypervisor(node, link, access.fencedBy(fence), fence, own, () -> {});
    }

    @Override
    public void close() {
        try {
            closing.close();
        } catch (Exception e) {
            throw Failures.of(DriverException.Reason.BROKEN, "close: " + e.getMessage(), e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>A process on the node does so five seconds after the limit, and gives up a save of RAM that libvirt still works on.
     * It needs {@code virsh}, {@code setsid}, {@code flock} and {@code timeout} there; without them it fails with {@code
     * TOOL_MISSING}. A guest that runs and is paused again by hand within one second can be taken for the one that is held.
     */
    @Override
    public void guard(VmId vm, Duration limit) {
        hold.guard(vm, limit);
    }

    @Override
    public void hold(VmId vm) {
        hold.hold(vm);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A save of RAM to a place of its own that libvirt still works on is given up first. When it does not end within ten
     * seconds, because its target hangs, QEMU is told past libvirt.
     */
    @Override
    public boolean release(VmId vm) {
        return hold.release(vm);
    }

    @Override
    public List<ImageInfo> images(VmId vm) {
        return images.images(vm);
    }

    @Override
    public Map<String, String> hidden(VmId vm) {
        return images.hidden(vm);
    }

    @Override
    public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        stopIfCancelled(call, vm);
        return images.cut(vm, volumes, ImageInfo.tag(id));
    }

    @Override
    public void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        images.delete(vm, volumes, ImageInfo.tag(id));
    }

    @Override
    public void reclaim(VmId vm, List<Volume> volumes, DriverCall call) {
        reclaim.reclaim(vm, volumes);
    }

    /**
     * {@inheritDoc}
     *
     * <p>QEMU lets the guest go on by itself even when libvirt's daemon dies. One thing is beyond this driver: a daemon of
     * libvirt 9.0 that is killed and comes back while the RAM is still being written ends the guest.
     */
    @Override
    public Duration save(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        stopIfCancelled(call, vm);
        return ramSave.save(vm, volumes, ImageInfo.tag(id));
    }

    @Override
    public void restore(
            VmId vm,
            List<Volume> volumes,
            SnapshotId id,
            VmConfiguration configuration,
            PowerState power,
            DriverCall call) {
        stopIfCancelled(call, vm);
        ramRestore.restore(vm, volumes, ImageInfo.tag(id), configuration, power);
    }

    /**
     * {@inheritDoc}
     *
     * <p>What was written is on stable storage on return. Until the guest goes on, or is stopped, QEMU has let go of its
     * disks: snapshots in images and another save are refused as {@code IN_USE}.
     *
     * <p>A target that takes nothing for 30 seconds is given up ({@code TIMEOUT}). Of a target that is a file everything
     * behind the RAM is cut off. A daemon that is killed meanwhile and comes back gives the save up too, and keeps the guest
     * held.
     */
    @Override
    public long save(VmId vm, String target, DriverCall call) {
        stopIfCancelled(call, vm);
        return ramBesideSave.save(vm, target, call);
    }

    /**
     * {@inheritDoc}
     *
     * <p>What is not RAM of this VM, saved to its end, is refused before the VM is stopped; so is RAM that was saved when the
     * VM had another name, which libvirt restores under no other. QEMU finds out about other damage when it has read that
     * far; the VM is off then. A managed save is discarded: its RAM does not fit disks that have changed.
     */
    @Override
    public void restore(VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
        stopIfCancelled(call, vm);
        ramBesideRestore.restore(vm, target, configuration, power);
    }

    /**
     * {@inheritDoc}
     *
     * <p>UEFI variables, a firmware that holds its own, and the state of a TPM that libvirt runs. Of a VM that was never
     * started none of it is there yet, and that is remembered. Where libvirt chooses the places by itself it is asked for
     * them; the files are read with the rights of the user who connects.
     */
    @Override
    public Map<String, String> read(VmId vm) {
        return states.read(vm);
    }

    /**
     * {@inheritDoc}
     *
     * <p>Each file is replaced as a whole and keeps its owner, mode and label. What was not there is removed, so that the
     * next start makes a new one. Parts for which the VM has no place any more are left alone.
     */
    @Override
    public void write(VmId vm, Map<String, String> state) {
        loading.endWaiting(vm);
        states.write(vm, state);
    }

    /**
     * {@inheritDoc}
     *
     * <p>RAM is loaded with the metadata of the present configuration, so this only proves it.
     */
    @Override
    public void refreshMetadata(VmId vm) {
        definitions.requirePresentMetadata(vm);
    }

    @Override
    public int forgetCheckpoints(VmId vm) {
        return definitions.forgetCheckpoints(vm);
    }

    /**
     * {@inheritDoc}
     *
     * <p>With RAM also the processor, and the version of QEMU, must not be less than where it was saved. Files are looked for
     * by the paths of the configuration. On another node, disks that the guest writes to are the storages' affair.
     */
    @Override
    public List<String> obstacles(VmConfiguration configuration, String hypervisor) {
        return suitability.obstacles(configuration, hypervisor);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A disk stays what it is, a file or a device; nothing else changes.
     */
    @Override
    public VmConfiguration relocated(VmConfiguration configuration, Map<String, String> sources) {
        return new VmConfiguration(
                DiskSources.relocated(configuration.persistent(), sources),
                DiskSources.relocated(configuration.live(), sources),
                configuration.machineState());
    }

    /**
     * Makes the configuration of a new VM from a VM's: another name, and other disks. It is libvirt's XML, ready to be
     * defined.
     *
     * <p>What makes the old VM itself is left out: its UUID, its generation id, the MAC addresses and port ids of its
     * network interfaces, the file of its UEFI variables, the state of its TPM, its security labels. libvirt gives the new VM
     * a UUID, MAC addresses, empty UEFI variables and an empty TPM. <b>All else of the new VM is the host's business</b>:
     * whoever wants a UUID or MAC addresses of his own puts them in, and whatever else two VMs must not share is still there,
     * such as ports, sockets, log files, devices handed through, titles and metadata.
     *
     * @param configuration of the old VM, as {@link #configuration} returned it
     * @param name of the new VM
     * @param sources the path of each copied disk, by target. A disk that has none is left out, unless the guest cannot write
     *     to it
     * @return the XML; it holds the secrets of the old VM's configuration, such as console passwords
     * @throws IllegalArgumentException if the name is blank, or a target is none of a disk of the VM's
     * @throws DriverException if the configuration cannot be read
     */
    public static String clonedDomain(VmConfiguration configuration, String name, Map<String, String> sources) {
        return ClonedDomain.of(configuration.persistent(), name, sources);
    }

    /**
     * {@inheritDoc}
     *
     * <p>A process on the node, started before, thaws the guest ten seconds after the deadline if nobody has done so by then,
     * or as soon as the agent answers again. It needs {@code virsh}, {@code setsid} and {@code flock} there; without them,
     * or where {@code virsh} does not reach the VM, nothing is frozen.
     */
    @Override
    public void freeze(VmId vm, Duration deadline) {
        agent.freeze(vm, deadline);
    }

    @Override
    public boolean thaw(VmId vm) {
        return agent.thaw(vm);
    }

    /**
     * {@inheritDoc}
     *
     * <p>libvirt makes the ID. A restore of RAM gives the guest a new one by itself.
     */
    @Override
    public void renew(VmId vm) {
        definitions.renewGenerationId(vm);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The agent gets the time of the machine that this driver runs on, and ten seconds. A Windows guest may take longer:
     * its agent then sets the clock nevertheless.
     */
    @Override
    public void set(VmId vm) {
        guestAgent.setClock(vm, Instant.now(), CLOCK);
    }

    private static void stopIfCancelled(DriverCall call, VmId vm) {
        if (call.cancelled()) {
            throw new CancelledException("cancelled before anything was done to VM " + vm);
        }
    }
}
