package dev.vmsnap.it.file;

import dev.vmsnap.PowerState;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** This machine as a node with one VM that is off; it is the context of a call too. */
final class ToolNode implements HypervisorDriver, NodeFiles, DriverCall {
    static final VmId VM = VmId.of("3f0c5f6e-0000-4000-8000-00000000f11e");

    static Volume volume(String target, Path source) {
        return volume(target, source.toString());
    }

    static Volume volume(String target, String source) {
        return new Volume(target, source, "qcow2", StorageKind.FILE, "file", OptionalLong.empty());
    }

    @Override
    public Commands commands() {
        return ToolNode::run;
    }

    private static Commands.Result run(Commands.Command command) {
        ProcessBuilder builder = new ProcessBuilder(command.arguments());
        builder.environment().putAll(Map.of("LC_ALL", "C"));
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            CompletableFuture<byte[]> errors = CompletableFuture.supplyAsync(() -> {
                try {
                    return process.getErrorStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Commands.Result(process.waitFor(), output, new String(errors.join(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public NodeFiles files() {
        return this;
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        try {
            var store = Files.getFileStore(Path.of(path).toAbsolutePath().getParent());
            return Optional.of(new FileSystem("/", store.type(), store.getUsableSpace()));
        } catch (IOException | java.nio.file.InvalidPathException unknown) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<byte[]> read(String path) {
        throw new UnsupportedOperationException(path);
    }

    @Override
    public void write(String path, byte[] content) {
        throw new UnsupportedOperationException(path);
    }

    @Override
    public void delete(String path) {
        throw new UnsupportedOperationException(path);
    }

    @Override
    public VmDescription vm() {
        return new VmDescription(
                VM,
                "vm",
                PowerState.OFF,
                1 << 28,
                List.of(),
                Set.of(VmDescription.Trait.PERSISTENT, VmDescription.Trait.ATOMIC_CUT),
                List.of(),
                List.of(),
                Optional.empty());
    }

    @Override
    public HypervisorDriver hypervisor() {
        return this;
    }

    @Override
    public String store() {
        return "test-store";
    }

    @Override
    public long epoch() {
        return 1;
    }

    @Override
    public Duration remaining() {
        return Duration.ofDays(1);
    }

    @Override
    public void report(double fraction) {}

    @Override
    public boolean cancelled() {
        return false;
    }

    @Override
    public String id() {
        return "tools";
    }

    @Override
    public String version() {
        return "tools";
    }

    @Override
    public List<VmDescription> vms() {
        return List.of(vm());
    }

    @Override
    public Optional<VmDescription> find(VmId vm) {
        return Optional.of(vm());
    }

    @Override
    public VmConfiguration configuration(VmId vm) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> differences(VmConfiguration then, VmConfiguration now) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void forget(VmId vm) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void define(VmId vm, VmConfiguration configuration) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void stop(VmId vm) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void start(VmId vm, boolean held) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
