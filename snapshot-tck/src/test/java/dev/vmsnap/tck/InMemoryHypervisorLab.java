package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults;
import dev.vmsnap.testkit.InMemoryDisk;
import dev.vmsnap.testkit.InMemoryHypervisor;
import dev.vmsnap.testkit.InMemoryVm;
import dev.vmsnap.testkit.Reversion;
import dev.vmsnap.testkit.ScriptedCommands;
import dev.vmsnap.testkit.TestCall;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** A lab on a hypervisor in memory, with the driver as it is or with something in front of it. */
final class InMemoryHypervisorLab implements HypervisorLab {
    private final Datacenter datacenter = new Datacenter();
    private final InMemoryHypervisor node = datacenter.node("lab");
    private final Function<InMemoryHypervisor, HypervisorDriver> front;
    private final HypervisorDriver driver;
    private int vms;
    private int places;

    InMemoryHypervisorLab(Function<InMemoryHypervisor, HypervisorDriver> front) {
        this.front = front;
        driver = front.apply(node);
        ScriptedCommands programs = node.scripts();
        programs.install("true", command -> ScriptedCommands.ok(""));
        programs.install("false", command -> ScriptedCommands.failed(""));
        programs.install("cat", command -> ScriptedCommands.ok(command.input()));
        programs.install(
                "printf",
                command -> ScriptedCommands.ok(command.arguments()
                        .get(1)
                        .replace("%s", command.arguments().get(2))));
        programs.install("sleep", command -> {
            throw new DriverException("commands", DriverException.Reason.TIMEOUT, "sleep took too long");
        });
    }

    @Override
    public HypervisorDriver driver() {
        return driver;
    }

    @Override
    public VmId newVm() {
        vms++;
        return node.withVm("vm-" + vms, "vda", "vdb").power(PowerState.OFF).id();
    }

    @Override
    public List<Volume> volumes(VmId vm) {
        return Stream.of("vda", "vdb")
                .map(target -> new Volume(
                        target,
                        guest(vm).disk(target).source(),
                        "qcow2",
                        StorageKind.FILE,
                        "in-image",
                        OptionalLong.empty()))
                .toList();
    }

    @Override
    public void remember(VmId vm, String text) {
        guest(vm).remember(text);
    }

    @Override
    public String remembered(VmId vm) {
        return guest(vm).ram();
    }

    @Override
    public void write(VmId vm, String target, String text) {
        guest(vm).write(target, text);
    }

    @Override
    public String read(VmId vm, String target) {
        return guest(vm).read(target);
    }

    @Override
    public void makeSaveFail(VmId vm) {
        datacenter.inImage().leaveFree(1 << 20);
    }

    @Override
    public String newRamPlace(long bytes) {
        places++;
        SnapshotId snapshot = SnapshotId.of("ram-" + places);
        Volume volume =
                new Volume("vda", "/dev/vg_guests/lab", "raw", StorageKind.LOCAL_LVM, "beside", OptionalLong.empty());
        TestCall call = new TestCall(node.vms().get(0), node);
        datacenter.beside().reserveRam(List.of(volume), snapshot, bytes, call);
        return datacenter.beside().openRam(List.of(volume), snapshot, call);
    }

    @Override
    public Optional<HypervisorDriver> unreachable() {
        return Optional.of(failing("away", DriverException.Reason.UNREACHABLE));
    }

    @Override
    public Optional<Lacking> withoutTool() {
        return Optional.of(
                new Lacking(failing("without-library", DriverException.Reason.TOOL_MISSING), "the client library"));
    }

    private HypervisorDriver failing(String name, DriverException.Reason reason) {
        InMemoryHypervisor other = datacenter.node(name);
        other.disconnect(reason);
        return front.apply(other);
    }

    @Override
    public Optional<Runnable> makeDeletesFail(VmId vm) {
        datacenter.faults().failOn(Faults.Point.IMAGES_DELETE).onCall(1).with(DriverException.Reason.BROKEN);
        disks(vm).forEach(disk -> disk.forgotten(true));
        return Optional.of(() -> disks(vm).forEach(disk -> disk.forgotten(false)));
    }

    @Override
    public List<String> snapshotsOnStorage(VmId vm) {
        return disks(vm).flatMap(disk -> disk.snapshots().stream()).toList();
    }

    private Stream<InMemoryDisk> disks(VmId vm) {
        return Stream.of("vda", "vdb").map(target -> guest(vm).disk(target));
    }

    @Override
    public Optional<String> removeNeededFile(VmId vm) {
        guest(vm).configure("needs=/firmware/vars.fd");
        node.without("/firmware/vars.fd");
        return Optional.of("/firmware/vars.fd");
    }

    @Override
    public Optional<Supplier<String>> giveGenerationId(VmId vm) {
        Reversion reversion = guest(vm).reversion().withGenerationId();
        return Optional.of(() -> Integer.toString(reversion.generation()));
    }

    @Override
    public Optional<VmId> newVmWithoutAgent() {
        VmId vm = newVm();
        guest(vm).agent(false);
        return Optional.of(vm);
    }

    @Override
    public String directory() {
        return "/lab";
    }

    @Override
    public void close() {}

    private InMemoryVm guest(VmId vm) {
        return node.vm(vm.value());
    }
}
