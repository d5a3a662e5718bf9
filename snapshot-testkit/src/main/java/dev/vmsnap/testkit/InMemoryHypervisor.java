package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
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
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A node's hypervisor in memory, with every role. Strict: what a real hypervisor would refuse fails with a
 * {@link DriverException}; what is wrong at any time, such as a disk that is not the VM's, with an
 * {@link IllegalArgumentException}. Thread-safe.
 */
public final class InMemoryHypervisor
        implements HypervisorDriver,
                HypervisorDriver.Hold,
                HypervisorDriver.InImageSnapshots,
                HypervisorDriver.InImageRam,
                HypervisorDriver.RamBeside,
                HypervisorDriver.MachineState,
                HypervisorDriver.GenerationIds,
                HypervisorDriver.GuestClock,
                HypervisorDriver.Checkpoints,
                HypervisorDriver.Metadata,
                HypervisorDriver.Relocation,
                HypervisorDriver.Quiesce {
    private static final String ID = "in-memory";
    private static final String NEEDS = "needs=";

    private final Datacenter datacenter;
    private final Faults faults;
    private final String node;
    private final Commands commands;
    private final NodeFiles files;
    private final Images images;
    private final SavedRam savedRam;
    private final Map<VmId, InMemoryVm> vms;
    private final Set<String> lacking;
    private final Fence fence;
    private final Line line;
    private final AtomicBoolean mute;
    private List<String> outdated = List.of();
    private List<String> lacks = List.of();

    InMemoryHypervisor(Datacenter datacenter, String node, Commands commands, NodeFiles files) {
        this.datacenter = datacenter;
        this.faults = datacenter.faults();
        this.node = node;
        this.commands = commands;
        this.files = files;
        this.images = new Images(datacenter);
        this.savedRam = new SavedRam(datacenter, images, ID);
        this.vms = new LinkedHashMap<>();
        this.lacking = new LinkedHashSet<>();
        this.line = new Line(false);
        this.mute = new AtomicBoolean();
        this.fence = () -> Duration.ofDays(1);
    }

    /** The same node under a lease. */
    private InMemoryHypervisor(InMemoryHypervisor node, Fence fence) {
        this(node, fence, node.line, new FencedCommands(node.commands, fence), new FencedFiles(node.files, fence));
    }

    private InMemoryHypervisor(InMemoryHypervisor node, Fence fence, Line line, Commands commands, NodeFiles files) {
        this.datacenter = node.datacenter;
        this.faults = node.faults;
        this.node = node.node;
        this.commands = commands;
        this.files = files;
        this.images = node.images;
        this.savedRam = node.savedRam;
        this.vms = node.vms;
        this.lacking = node.lacking;
        this.line = line;
        this.mute = node.mute;
        this.outdated = node.outdated;
        this.lacks = node.lacks;
        this.fence = fence;
    }

    /**
     * Gives the node a VM with qcow2 files under {@code /images}; it runs.
     *
     * @param name its name, from which its id is made
     * @param targets the names of its disks inside it; more and other disks can be added to what is returned
     * @return the VM
     */
    public InMemoryVm withVm(String name, String... targets) {
        InMemoryVm vm = new InMemoryVm(datacenter, name);
        List.of(targets).forEach(vm::withFile);
        add(vm);
        return vm;
    }

    /**
     * Returns a VM of the node.
     *
     * @param name the name that it began with
     * @return the VM
     */
    public InMemoryVm vm(String name) {
        synchronized (faults) {
            return Optional.ofNullable(vms.get(VmId.of(name)))
                    .orElseThrow(() -> new IllegalArgumentException(node + " has no VM " + name));
        }
    }

    /**
     * Takes a VM away from the node; its disks stay.
     *
     * @param name the name that it began with
     * @return the VM, which can be {@linkplain #add added} to another node
     */
    public InMemoryVm remove(String name) {
        synchronized (faults) {
            InMemoryVm vm = vm(name);
            vms.remove(vm.id());
            return vm;
        }
    }

    /**
     * Gives the node a VM that exists, as a migration does.
     *
     * @param vm which
     */
    public void add(InMemoryVm vm) {
        synchronized (faults) {
            if (vms.putIfAbsent(vm.id(), vm) != null) {
                throw new IllegalArgumentException(node + " has a VM " + vm.id() + " already");
            }
        }
    }

    /**
     * Has the node lack something; it cannot run VMs whose configuration has a line {@code needs=} that names it.
     *
     * @param feature what it lacks from now on
     * @return this
     */
    public InMemoryHypervisor without(String feature) {
        synchronized (faults) {
            lacking.add(feature);
        }
        return this;
    }

    /**
     * Gives the node something back that it lacked.
     *
     * @param feature what it has again
     * @return this
     */
    public InMemoryHypervisor with(String feature) {
        synchronized (faults) {
            lacking.remove(feature);
        }
        return this;
    }

    /** Cuts the line to the node: from now on every call fails with {@code UNREACHABLE}. Its guests run on. */
    public void disconnect() {
        disconnect(Reason.UNREACHABLE);
    }

    /**
     * Has every call fail from now on, for example with {@code TOOL_MISSING} as without the hypervisor's client library.
     * The guests run on.
     *
     * @param reason the reason that each failure gives
     */
    public void disconnect(Reason reason) {
        connect(Optional.of(reason));
    }

    /** Has the node fall silent without closing the line: no call returns before it is {@link #reconnect reconnected}. */
    public void mute() {
        synchronized (faults) {
            mute.set(true);
        }
    }

    /** Brings the node back. */
    public void reconnect() {
        connect(Optional.empty());
    }

    /**
     * Makes another connection to the same node, as a host does that connects anew. It can be disconnected and closed by
     * itself; once it is closed each call fails with {@code UNREACHABLE}.
     *
     * @return the connection
     */
    public InMemoryHypervisor connection() {
        return new InMemoryHypervisor(this, fence, new Line(true), commands, files);
    }

    /**
     * Returns how often it was closed.
     *
     * @return the number of calls of {@link #close()}
     */
    public int closes() {
        synchronized (faults) {
            return line.closes();
        }
    }

    /**
     * Returns how many calls came after a connection was closed.
     *
     * @return the number; 0 for a node that was not made by {@link #connection()}
     */
    public int lateCalls() {
        synchronized (faults) {
            return line.lateCalls();
        }
    }

    /** Has the whole node lose its power and come back: all its VMs are off, and transient ones gone. */
    public void powerFailure() {
        synchronized (faults) {
            List.copyOf(vms.values()).forEach(this::halt);
        }
    }

    /**
     * Returns the scripted commands of the node.
     *
     * @return where programs are installed
     * @throws IllegalStateException if the node was built with other commands
     */
    public ScriptedCommands scripts() {
        if (commands instanceof ScriptedCommands scripted) {
            return scripted;
        }
        throw new IllegalStateException("the commands of " + node + " are not scripted");
    }

    /**
     * Returns the in-memory files of the node.
     *
     * @return where files can be looked at
     * @throws IllegalStateException if the node was built with other files
     */
    public InMemoryFiles fileTree() {
        if (files instanceof InMemoryFiles tree) {
            return tree;
        }
        throw new IllegalStateException("the files of " + node + " are not in memory");
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String version() {
        return faults.ask(ID, Faults.Point.HYPERVISOR_VERSION, node, () -> {
            requireConnected();
            return "in-memory hypervisor on " + node;
        });
    }

    @Override
    public List<String> outdated() {
        return faults.ask(ID, Faults.Point.HYPERVISOR_VERSION, node, () -> {
            requireConnected();
            return outdated;
        });
    }

    /**
     * Has the node report parts that are too old.
     *
     * @param phrases one for each part, as {@link #outdated()} returns them
     */
    public void outdated(List<String> phrases) {
        synchronized (faults) {
            outdated = List.copyOf(phrases);
        }
    }

    @Override
    public List<String> lacks(Set<String> programs) {
        return faults.ask(ID, Faults.Point.HYPERVISOR_VERSION, node, () -> {
            requireConnected();
            return lacks;
        });
    }

    /**
     * Has the node report what it lacks.
     *
     * @param phrases one for each thing, as {@link #lacks(Set)} returns them
     */
    public void lacks(List<String> phrases) {
        synchronized (faults) {
            lacks = List.copyOf(phrases);
        }
    }

    @Override
    public List<VmDescription> vms() {
        return faults.ask(ID, Faults.Point.HYPERVISOR_VMS, node, () -> {
            requireConnected();
            return vms.values().stream().map(InMemoryVm::describe).toList();
        });
    }

    @Override
    public Optional<VmDescription> find(VmId vm) {
        return faults.ask(ID, Faults.Point.HYPERVISOR_FIND, vm.value(), () -> {
            requireConnected();
            return Optional.ofNullable(vms.get(vm)).map(InMemoryVm::describe);
        });
    }

    @Override
    public VmConfiguration configuration(VmId vm) {
        return on(
                Faults.Point.HYPERVISOR_CONFIGURATION,
                vm,
                found -> new VmConfiguration(
                        found.persistentDefinition().text(), found.definition().text()));
    }

    @Override
    public List<String> differences(VmConfiguration then, VmConfiguration now) {
        return Definition.differences(then.persistent(), now.persistent());
    }

    @Override
    public void define(VmId vm, VmConfiguration configuration) {
        faults.run(ID, Faults.Point.HYPERVISOR_DEFINE, vm.value(), () -> {
            requireConnected();
            fence.require();
            InMemoryVm found = Optional.ofNullable(vms.get(vm))
                    .or(() -> datacenter.findVm(vm).map(InMemoryVm::elsewhere))
                    .orElseGet(() -> new InMemoryVm(datacenter, vm.value()).power(PowerState.OFF));
            Preconditions.requireOff(found);
            found.define(Definition.parse(configuration.persistent()));
            vms.put(vm, found);
        });
    }

    @Override
    public void forget(VmId vm) {
        faults.run(ID, Faults.Point.HYPERVISOR_FORGET, vm.value(), () -> {
            requireConnected();
            fence.require();
            Optional.ofNullable(vms.get(vm)).ifPresent(Preconditions::requireOff);
            vms.remove(vm);
        });
    }

    @Override
    public void stop(VmId vm) {
        change(Faults.Point.HYPERVISOR_STOP, vm, this::halt);
    }

    @Override
    public void start(VmId vm, boolean held) {
        change(Faults.Point.HYPERVISOR_START, vm, found -> {
            if (!found.isActive()) {
                images.requireStartable(found);
                found.boot(held);
            }
        });
    }

    @Override
    public void completeRestore(VmId vm, VmConfiguration configuration) {
        active(
                Faults.Point.HYPERVISOR_COMPLETE_RESTORE,
                vm,
                found -> found.useDefinition(Definition.parse(configuration.persistent()), found.definition()));
    }

    @Override
    public Commands commands() {
        return commands;
    }

    @Override
    public NodeFiles files() {
        return files;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Each call asks when nothing lies between it and its effect any more.
     */
    @Override
    public InMemoryHypervisor fencedBy(Fence lease) {
        return new InMemoryHypervisor(this, lease);
    }

    @Override
    public void close() {
        synchronized (faults) {
            line.close();
        }
    }

    @Override
    public void guard(VmId vm, Duration limit) {
        active(Faults.Point.HYPERVISOR_GUARD, vm, found -> {});
    }

    @Override
    public void hold(VmId vm) {
        active(Faults.Point.HYPERVISOR_HOLD, vm, found -> found.guest().hold());
    }

    @Override
    public boolean release(VmId vm) {
        return on(Faults.Point.HYPERVISOR_RELEASE, vm, found -> {
            boolean held = Preconditions.requireActive(found).power() == PowerState.PAUSED;
            found.guest().release();
            return held;
        });
    }

    @Override
    public List<ImageInfo> images(VmId vm) {
        return on(Faults.Point.IMAGES_LIST, vm, found -> images.list(Preconditions.requireActive(found)));
    }

    @Override
    public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        active(Faults.Point.IMAGES_CUT, vm, found -> {
            Preconditions.requireIdle(Preconditions.requireDisks(found));
            Preconditions.requireNotCancelled(call);
            images.cut(found, volumes, id);
            call.report(1);
        });
        return Duration.ZERO;
    }

    @Override
    public void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        stages(Faults.Point.IMAGES_DELETE, vm, (found, halfway) -> {
            Preconditions.requireDisks(Preconditions.requireActive(found));
            images.delete(found, volumes, id, halfway);
            call.report(1);
        });
    }

    @Override
    public void reclaim(VmId vm, List<Volume> volumes, DriverCall call) {
        stages(Faults.Point.IMAGES_RECLAIM, vm, (found, halfway) -> {
            boolean running = Preconditions.requireDisks(Preconditions.requireActive(found))
                            .power()
                    == PowerState.RUNNING;
            found.guest().hold();
            try {
                images.reclaim(found, volumes, halfway);
            } catch (DriverException failed) {
                if (running) {
                    found.guest().release();
                }
                throw failed;
            }
            if (running) {
                found.guest().release();
            }
            call.report(1);
        });
    }

    @Override
    public Duration save(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        return on(Faults.Point.RAM_SAVE, vm, found -> {
            Preconditions.requireIdle(Preconditions.requireDisks(Preconditions.requireActive(found)));
            Preconditions.requireNotCancelled(call);
            Duration pause = savedRam.toImages(found, volumes, id);
            call.report(1);
            return pause;
        });
    }

    @Override
    public void restore(
            VmId vm,
            List<Volume> volumes,
            SnapshotId id,
            VmConfiguration configuration,
            PowerState power,
            DriverCall call) {
        Preconditions.requireEnd(power);
        stages(Faults.Point.RAM_RESTORE, vm, (found, halfway) -> {
            savedRam.fromImages(found, volumes, id, configuration, power, halfway);
            call.report(1);
        });
    }

    @Override
    public long save(VmId vm, String target, DriverCall call) {
        return on(Faults.Point.RAM_BESIDE_SAVE, vm, found -> {
            Preconditions.requireNotCancelled(call);
            if (found.power() != PowerState.PAUSED) {
                throw failure(Reason.BROKEN, vm + " is not held");
            }
            long bytes = savedRam.toPlace(Preconditions.requireDisks(found), target);
            call.report(1);
            return bytes;
        });
    }

    @Override
    public void restore(VmId vm, String target, VmConfiguration configuration, PowerState power, DriverCall call) {
        Preconditions.requireEnd(power);
        stages(Faults.Point.RAM_BESIDE_RESTORE, vm, (found, halfway) -> {
            savedRam.fromPlace(found, target, configuration, power, halfway);
            call.report(1);
        });
    }

    @Override
    public Map<String, String> read(VmId vm) {
        return on(Faults.Point.MACHINE_STATE_READ, vm, InMemoryVm::machineState);
    }

    @Override
    public void write(VmId vm, Map<String, String> state) {
        change(Faults.Point.MACHINE_STATE_WRITE, vm, found -> {
            Preconditions.requireOff(found);
            if (!state.isEmpty()) {
                found.machineState(state);
            }
        });
    }

    @Override
    public void renew(VmId vm) {
        change(Faults.Point.GENERATION_ID_RENEW, vm, found -> {
            Preconditions.requireOff(found);
            found.reversion().renewGenerationId();
        });
    }

    @Override
    public void set(VmId vm) {
        change(Faults.Point.GUEST_CLOCK_SET, vm, found -> {
            Preconditions.requireAgent(found);
            found.reversion().setClock();
        });
    }

    @Override
    public int forgetCheckpoints(VmId vm) {
        return on(Faults.Point.CHECKPOINTS_FORGET, vm, found -> {
            Preconditions.requireOff(found);
            return found.reversion().forgetCheckpoints();
        });
    }

    @Override
    public void refreshMetadata(VmId vm) {
        active(Faults.Point.METADATA_REFRESH, vm, InMemoryVm::refreshNote);
    }

    @Override
    public List<String> obstacles(VmConfiguration configuration, String hypervisor) {
        return faults.ask(ID, Faults.Point.HYPERVISOR_OBSTACLES, node, () -> {
            requireConnected();
            return configuration
                    .persistent()
                    .lines()
                    .filter(line -> line.startsWith(NEEDS))
                    .map(line -> line.substring(NEEDS.length()))
                    .filter(lacking::contains)
                    .map(feature -> "it has no " + feature)
                    .toList();
        });
    }

    @Override
    public VmConfiguration relocated(VmConfiguration configuration, Map<String, String> sources) {
        return new VmConfiguration(
                Definition.parse(configuration.persistent()).relocated(sources).text(),
                Definition.parse(configuration.live()).relocated(sources).text(),
                configuration.machineState());
    }

    @Override
    public void freeze(VmId vm, Duration deadline) {
        change(Faults.Point.HYPERVISOR_FREEZE, vm, found -> {
            Preconditions.requireAgent(found);
            if (found.isFrozen()) {
                throw failure(Reason.IN_USE, "the file systems of " + vm + " are frozen already");
            }
            found.guest().freeze();
        });
    }

    @Override
    public boolean thaw(VmId vm) {
        return on(Faults.Point.HYPERVISOR_THAW, vm, found -> {
            if (found.isFrozen()) {
                Preconditions.requireAgent(found);
            }
            return found.guest().thaw();
        });
    }

    String name() {
        return node;
    }

    Stream<InMemoryVm> guests() {
        return vms.values().stream();
    }

    Stream<String> leftovers() {
        Stream<String> held = guests().filter(InMemoryVm::isHeld).map(vm -> vm.id() + " on " + node + " is held");
        Stream<String> frozen = guests().filter(InMemoryVm::isFrozen).map(vm -> vm.id() + " on " + node + " is frozen");
        return Stream.concat(held, frozen);
    }

    private void connect(Optional<Reason> failing) {
        synchronized (faults) {
            line.outage().clear();
            failing.ifPresent(line.outage()::add);
            if (line.isClosable()) {
                return;
            }
            mute.set(false);
            faults.notifyAll();
            if (commands instanceof ScriptedCommands scripted) {
                scripted.connected(failing.isEmpty());
            }
            if (files instanceof InMemoryFiles tree) {
                tree.connected(failing.isEmpty());
            }
        }
    }

    private void halt(InMemoryVm vm) {
        vm.guest().stop();
        if (!vm.condition().persistent) {
            vms.remove(vm.id());
        }
    }

    private <T> T on(Faults.Point point, VmId vm, Function<InMemoryVm, T> effect) {
        return faults.ask(ID, point, vm.value(), () -> effect.apply(require(vm)));
    }

    private void change(Faults.Point point, VmId vm, Consumer<InMemoryVm> effect) {
        faults.run(ID, point, vm.value(), () -> effect.accept(require(vm)));
    }

    private void active(Faults.Point point, VmId vm, Consumer<InMemoryVm> effect) {
        change(point, vm, found -> effect.accept(Preconditions.requireActive(found)));
    }

    private void stages(Faults.Point point, VmId vm, BiConsumer<InMemoryVm, Runnable> effect) {
        faults.<Boolean>ask(ID, point, vm.value(), halfway -> {
            effect.accept(require(vm), halfway);
            return true;
        });
    }

    private InMemoryVm require(VmId vm) {
        requireConnected();
        fence.require();
        return Optional.ofNullable(vms.get(vm)).orElseThrow(() -> failure(Reason.MISSING, node + " has no VM " + vm));
    }

    void requireConnected() {
        faults.hangWhile(mute::get);
        if (line.isClosedForCall()) {
            throw failure(Reason.UNREACHABLE, "the connection to " + node + " is closed");
        }
        line.outage().forEach(reason -> {
            throw failure(
                    reason,
                    switch (reason) {
                        case UNREACHABLE -> node + " does not answer";
                        case TOOL_MISSING -> "this machine lacks the client library with which it connects to " + node;
                        default -> node + " cannot be reached";
                    });
        });
    }

    private static DriverException failure(Reason reason, String message) {
        return new DriverException(ID, reason, message);
    }
}
