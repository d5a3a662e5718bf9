package dev.vmsnap.it;

import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.KeeperGuest;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.tck.HypervisorLab;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Keeper guests behind the libvirt daemon of a lab, each with its disks on a file system of its own that can be filled. */
final class KeeperLab implements HypervisorLab {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FILE_SYSTEM_MIB = 64;

    private final Lab lab;
    private final HypervisorDriver driver;
    private final Map<VmId, KeeperGuest> guests = new HashMap<>();

    KeeperLab(Lab lab) {
        this.lab = lab;
        this.driver = KvmHypervisor.connect(lab.uri());
    }

    @Override
    public HypervisorDriver driver() {
        return driver;
    }

    @Override
    public VmId newVm() {
        String name = lab.newName();
        KeeperGuest guest = KeeperGuest.in(lab.smallMemoryFileSystem(FILE_SYSTEM_MIB), name);
        try {
            guest.createDisks();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        lab.defineXml(name, guest.domainXml());
        VmId vm = VmId.of(lab.virsh("domuuid", name).strip());
        guests.put(vm, guest);
        return vm;
    }

    @Override
    public List<Volume> volumes(VmId vm) {
        KeeperGuest guest = guests.get(vm);
        return IntStream.range(0, guest.disks().size())
                .mapToObj(index -> new Volume(
                        TickerGuest.target(index),
                        guest.disks().get(index).file().toString(),
                        "qcow2",
                        StorageKind.FILE,
                        "file",
                        OptionalLong.empty()))
                .toList();
    }

    @Override
    public void remember(VmId vm, String text) {
        guests.get(vm).remember(text, PATIENCE);
    }

    @Override
    public String remembered(VmId vm) {
        return guests.get(vm).remembered(PATIENCE);
    }

    @Override
    public void write(VmId vm, String target, String text) {
        guests.get(vm).write(index(target), text, PATIENCE);
    }

    @Override
    public String read(VmId vm, String target) {
        return guests.get(vm).read(index(target), PATIENCE);
    }

    @Override
    public void makeSaveFail(VmId vm) {
        Path filler = guests.get(vm).socket().resolveSibling("filler");
        Shell.Outcome full = Shell.attempt("dd", "if=/dev/zero", "of=" + filler, "bs=4k");
        if (!full.output().contains("No space left on device")) {
            throw new IllegalStateException("the file system did not fill: " + full.output());
        }
    }

    @Override
    public Optional<HypervisorDriver> unreachable() {
        KvmHypervisor unreachable = KvmHypervisor.connect("qemu+ssh://root@127.0.0.1:1/system");
        lab.cleanUp(unreachable::close);
        return Optional.of(unreachable);
    }

    @Override
    public Optional<Lacking> withoutTool() {
        KvmHypervisor lacking = KvmHypervisor.connect("qemu+ssh://root@127.0.0.1/system?command=/no/such/ssh");
        lab.cleanUp(lacking::close);
        return Optional.of(new Lacking(lacking, "ssh"));
    }

    @Override
    public Optional<String> removeNeededFile(VmId vm) {
        String iso = lab.directory().resolve("removed.iso").toString();
        String name = lab.virsh("domname", vm.value()).strip();
        lab.defineXml(
                name,
                lab.virsh("dumpxml", "--inactive", name)
                        .replace(
                                "</devices>",
                                "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='" + iso
                                        + "'/><target dev='sdx' bus='sata'/><readonly/></disk></devices>"));
        return Optional.of(iso);
    }

    @Override
    public Optional<Runnable> makeDeletesFail(VmId vm) {
        Path image = guests.get(vm).disks().get(1).file();
        boolean sealed = Shell.attempt("chattr", "+i", image.toString()).exitCode() == 0;
        return sealed ? Optional.of(() -> Shell.run("chattr", "-i", image.toString())) : Optional.empty();
    }

    @Override
    public List<String> snapshotsOnStorage(VmId vm) {
        return guests.get(vm).disks().stream()
                .flatMap(disk -> Shell.run(
                                "qemu-img", "snapshot", "-l", "-U", disk.file().toString())
                        .lines())
                .flatMap(line -> Stream.of(line.split("\\s+")).filter(word -> word.startsWith("vmsnap-")))
                .toList();
    }

    @Override
    public Optional<Supplier<String>> giveGenerationId(VmId vm) {
        String xml = lab.virsh("dumpxml", "--inactive", vm.value());
        lab.defineXml(lab.virsh("domname", vm.value()).strip(), xml.replace("</uuid>", "</uuid><genid/>"));
        return Optional.of(() -> lab.virsh("dumpxml", vm.value())
                .lines()
                .filter(line -> line.contains("<genid>"))
                .findFirst()
                .orElseThrow());
    }

    /** A keeper guest has no agent. */
    @Override
    public Optional<VmId> newVmWithoutAgent() {
        return Optional.of(newVm());
    }

    @Override
    public String newRamPlace(long bytes) {
        Path place = lab.memoryFileSystem(bytes).resolve("ram");
        Shell.run("install", "-m", "600", "/dev/null", place.toString());
        return place.toString();
    }

    @Override
    public String directory() {
        try {
            return Files.createDirectory(lab.directory().resolve(lab.newName())).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        driver.close();
    }

    private static int index(String target) {
        return List.of("vda", "vdb").indexOf(target);
    }
}
