package dev.vmsnap.examples.storage;

import dev.vmsnap.DriverException;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.tck.StorageLab;
import dev.vmsnap.testkit.Datacenter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;

/** Disk files in a directory of their own, with the real commands. */
final class DirectoryLab implements StorageLab {
    private final Path directory;
    private final ProcessCommands commands = new ProcessCommands();
    private final HypervisorDriver node = new Datacenter().node("lab", commands, new PlainFiles());
    private StorageDriver driver;

    DirectoryLab(Path directory) {
        this.directory = directory;
        this.driver = new CopyStorage(directory.toString());
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
        Path file = directory.resolve("disk " + target + ".raw");
        Volume volume = new Volume(target, file.toString(), "raw", StorageKind.FILE, driver.id(), OptionalLong.empty());
        write(volume, "");
        return volume;
    }

    @Override
    public void write(Volume volume, String content) {
        quietly(() -> Files.writeString(Path.of(volume.source()), content + "\0".repeat(4096 - content.length())));
    }

    @Override
    public String read(Volume volume) {
        return quietly(() -> Files.readString(Path.of(volume.source())).replace("\0", ""));
    }

    @Override
    public void destroy(Volume volume) {
        quietly(() -> Files.deleteIfExists(Path.of(volume.source())));
    }

    @Override
    public Optional<Runnable> disturb(Disturbance kind, Volume volume) {
        if (kind == Disturbance.AWAY) {
            Path elsewhere = directory.resolveSibling(directory.getFileName() + "-elsewhere");
            quietly(() -> Files.move(directory, elsewhere));
            return Optional.of(() -> quietly(() -> Files.move(elsewhere, directory)));
        }
        Function<Command, Result> program =
                switch (kind) {
                    case DENIED -> command -> new Result(1, "", "cannot access: Permission denied");
                    case TOOL_FAILING -> command -> new Result(1, "", "Segmentation fault");
                    case TOOL_MISSING ->
                        command -> {
                            throw failure(DriverException.Reason.TOOL_MISSING, "there is no program stat");
                        };
                    default ->
                        command -> {
                            throw failure(DriverException.Reason.TIMEOUT, "stat takes too long");
                        };
                };
        commands.replace(
                "stat",
                command -> command.arguments().contains(volume.source())
                        ? program.apply(command)
                        : ProcessCommands.process(command));
        return Optional.of(commands::restore);
    }

    private static DriverException failure(DriverException.Reason reason, String message) {
        return new DriverException("lab", reason, message);
    }

    @Override
    public List<String> traces() {
        return quietly(() -> {
            try (Stream<Path> all = Files.walk(directory)) {
                return all.map(file -> directory.relativize(file).toString())
                        .filter(name -> !name.isEmpty() && !name.matches("disk [^/]*\\.raw"))
                        .toList();
            }
        });
    }

    @Override
    public Optional<String> published(VmId vm) {
        Path manifest = directory.resolve(".vmsnap/" + vm + ".test-store.json");
        return Files.exists(manifest) ? Optional.of(quietly(() -> Files.readString(manifest))) : Optional.empty();
    }

    @Override
    public void reopen() {
        driver = new CopyStorage(directory.toString());
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
