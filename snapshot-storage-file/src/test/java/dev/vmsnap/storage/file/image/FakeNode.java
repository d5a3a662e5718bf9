package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** A node with images, small files and one VM that can only be looked at; it is the context of a call too. */
public final class FakeNode implements HypervisorDriver, HypervisorDriver.InImageSnapshots, NodeFiles, DriverCall {
    static final VmId VM = VmId.of("3f0c5f6e-0000-4000-8000-000000000001");

    final FakeImages images = new FakeImages();
    final Map<String, byte[]> small = new LinkedHashMap<>();
    final List<ImageInfo> seenByHypervisor = new ArrayList<>();
    final List<Double> progress = new ArrayList<>();
    final List<VmDescription.Disk> disks = new ArrayList<>();
    Optional<DriverException> unreported = Optional.empty();
    Optional<Commands> tools = Optional.empty();
    Optional<Commands> guest = Optional.empty();
    PowerState power = PowerState.OFF;
    public Optional<FileSystem> fileSystem = Optional.of(new FileSystem("/guests", "ext4", 1L << 33));
    public Optional<Mount> mount = Optional.empty();
    int looksUntilCancelled = Integer.MAX_VALUE;

    static Volume volume(String target, String source) {
        return new Volume(target, source, "qcow2", StorageKind.FILE, "file", OptionalLong.empty());
    }

    static Volume raw(String target, String source) {
        return new Volume(target, source, "raw", StorageKind.FILE, "file", OptionalLong.empty());
    }

    /** A disk of the VM's configuration, and the layers that it states. */
    void has(Volume volume, String... layers) {
        disks.add(new VmDescription.Disk(
                volume.target(),
                VmDescription.Device.DISK,
                VmDescription.SourceType.FILE,
                Optional.of(volume.source()),
                Optional.of(volume.format()),
                Set.of(),
                List.of(layers)));
    }

    @Override
    public VmDescription vm() {
        return new VmDescription(
                VM,
                "vm",
                power,
                1 << 28,
                disks,
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
    public void report(double fraction) {
        progress.add(fraction);
    }

    @Override
    public boolean cancelled() {
        return looksUntilCancelled-- <= 0;
    }

    @Override
    public List<ImageInfo> images(VmId vm) {
        unreported.ifPresent(failure -> {
            throw failure;
        });
        return seenByHypervisor;
    }

    @Override
    public Commands commands() {
        return tools.orElse(images);
    }

    @Override
    public Commands commandsAs(VmId vm) {
        return guest.orElseGet(this::commands);
    }

    @Override
    public NodeFiles files() {
        return this;
    }

    @Override
    public Optional<byte[]> read(String path) {
        return Optional.ofNullable(small.get(path));
    }

    @Override
    public void write(String path, byte[] content) {
        small.put(path, content);
    }

    @Override
    public void delete(String path) {
        small.remove(path);
        images.files.remove(path);
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        return fileSystem;
    }

    @Override
    public Optional<Mount> mount(String path) {
        return mount.or(() -> NodeFiles.super.mount(path));
    }

    @Override
    public String id() {
        return "fake";
    }

    @Override
    public String version() {
        return "fake 1";
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
        throw new AssertionError("not asked for");
    }

    @Override
    public List<String> differences(VmConfiguration then, VmConfiguration now) {
        throw new AssertionError("not asked for");
    }

    @Override
    public void forget(VmId vm) {
        throw new AssertionError("not asked for");
    }

    @Override
    public void define(VmId vm, VmConfiguration configuration) {
        throw new AssertionError("not asked for");
    }

    @Override
    public void stop(VmId vm) {
        throw new AssertionError("a storage driver stops nothing");
    }

    @Override
    public void start(VmId vm, boolean held) {
        throw new AssertionError("a storage driver starts nothing");
    }

    @Override
    public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        throw new AssertionError("not the storage driver's to ask");
    }

    @Override
    public void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
        throw new AssertionError("not the storage driver's to ask");
    }

    @Override
    public void reclaim(VmId vm, List<Volume> volumes, DriverCall call) {
        throw new AssertionError("not the storage driver's to ask");
    }

    @Override
    public void close() {}
}
