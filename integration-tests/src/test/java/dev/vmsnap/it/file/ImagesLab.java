package dev.vmsnap.it.file;

import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.it.Disturbed;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.tck.StorageLab;
import dev.vmsnap.testkit.Datacenter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** qcow2 images in a directory of their own, with the commands and files that the KVM driver has on a real node. */
final class ImagesLab implements StorageLab {
    private static final int SECTOR = 512;
    private static final String IMAGE = "disk '[a-z]+'\\.qcow2";

    private final Path directory;
    private final Path scratch;
    private final Disturbed commands;
    private final HypervisorDriver node;
    private StorageDriver driver = new FileStorage();

    /** With a directory for the images, and one for the lab's own files; both exist and are empty. */
    ImagesLab(Path directory, Path scratch) {
        this.directory = directory;
        this.scratch = scratch;
        // Never asked for a VM, so it never connects.
        KvmHypervisor machine = KvmHypervisor.connect("qemu:///system");
        this.commands = new Disturbed(machine.commands(), "qemu-img");
        this.node =
                new RestrictedGuests(new Datacenter().node("lab", commands, machine.files()), commands.guests()).node();
    }

    @Override
    public StorageDriver driver() {
        return driver;
    }

    @Override
    public HypervisorDriver hypervisor() {
        return node;
    }

    @Override
    public Volume newVolume(String target) {
        return ToolNode.volume(target, Tools.image(directory, "disk '" + target + "'.qcow2", "1M"));
    }

    @Override
    public void write(Volume volume, String content) {
        Path sector = scratch.resolve(volume.target() + ".write");
        quietly(() -> Files.write(sector, Arrays.copyOf(content.getBytes(StandardCharsets.US_ASCII), SECTOR)));
        Tools.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "qcow2", sector.toString(), volume.source());
    }

    @Override
    public String read(Volume volume) {
        Path sector = scratch.resolve(volume.target() + ".read");
        Tools.run(
                "qemu-img",
                "dd",
                "-f",
                "qcow2",
                "-O",
                "raw",
                "bs=" + SECTOR,
                "count=1",
                "if=" + volume.source(),
                "of=" + sector);
        return quietly(() -> Files.readString(sector, StandardCharsets.US_ASCII).replace("\0", ""));
    }

    @Override
    public void destroy(Volume volume) {
        quietly(() -> Files.deleteIfExists(Path.of(volume.source())));
    }

    @Override
    public Optional<Runnable> disturb(Disturbance kind, Volume volume) {
        if (kind != Disturbance.AWAY) {
            return Optional.of(commands.disturb(kind));
        }
        Path elsewhere = directory.resolveSibling(directory.getFileName() + "-elsewhere");
        quietly(() -> Files.move(directory, elsewhere));
        return Optional.of(() -> quietly(() -> Files.move(elsewhere, directory)));
    }

    @Override
    public boolean rebase(Volume volume) {
        Path base = Tools.image(scratch, "base.qcow2", "1M");
        Tools.run("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", base.toString(), volume.source());
        return true;
    }

    @Override
    public Optional<Foreign> linkRecords(Volume volume) {
        Path elsewhere = quietly(() -> Files.createTempDirectory(scratch, "elsewhere"));
        Path link = quietly(() -> Files.createSymbolicLink(directory.resolve(".vmsnap"), elsewhere));
        return Optional.of(new Foreign() {
            @Override
            public boolean isTouched() {
                return elsewhere.toFile().list().length > 0;
            }

            @Override
            public void remove() {
                quietly(() -> Files.deleteIfExists(link));
            }
        });
    }

    @Override
    public Optional<Foreign> baseOnClosedFile(Volume volume) {
        Path closed = quietly(() -> Files.writeString(scratch.resolve("closed"), "closed"));
        Tools.run("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", closed.toString(), volume.source());
        commands.watch(closed.toString());
        return Optional.of(new Foreign() {
            @Override
            public boolean isTouched() {
                return commands.isNamed();
            }

            @Override
            public void remove() {
                Tools.run("qemu-img", "rebase", "-u", "-f", "qcow2", "-b", "", volume.source());
            }
        });
    }

    @Override
    public List<String> traces() {
        try (Stream<Path> all = Files.walk(directory)) {
            List<String> traces = new ArrayList<>();
            for (Path file : all.filter(file -> !file.equals(directory)).toList()) {
                String name = directory.relativize(file).toString();
                if (name.matches(IMAGE)) {
                    Tools.names(file).forEach(snapshot -> traces.add(name + ": snapshot " + snapshot));
                    if (Tools.attempt("qemu-img", "check", "-f", "qcow2", file.toString())
                                    .exitCode()
                            != 0) {
                        traces.add(name + ": leaked clusters");
                    }
                } else {
                    traces.add(name);
                }
            }
            return traces;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<String> published(VmId vm) {
        // The id of the store that each call of the contract names.
        Path manifest = directory.resolve(".vmsnap").resolve(vm + ".test-store.json");
        return Files.exists(manifest) ? Optional.of(quietly(() -> Files.readString(manifest))) : Optional.empty();
    }

    @Override
    public void reopen() {
        driver = new FileStorage();
    }

    @Override
    public void close() {}

    private interface Work<T> {
        T run() throws IOException;
    }

    private static <T> T quietly(Work<T> work) {
        try {
            return work.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
