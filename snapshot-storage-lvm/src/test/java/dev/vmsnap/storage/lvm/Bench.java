package dev.vmsnap.storage.lvm;

import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.testkit.Datacenter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** A simulated volume group, the driver on it, and one VM; it is the context of a call too. */
final class Bench implements DriverCall {
    static final VmId VM = VmId.of("3f0c5f6e-0000-4000-8000-000000000001");
    static final String STORE = "test-store";
    static final SnapshotId FIRST = SnapshotId.of("first");
    static final SnapshotId SECOND = SnapshotId.of("second");
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    final SimulatedLvm lvm = new SimulatedLvm();
    final List<Duration> pauses = new ArrayList<>();
    private final HypervisorDriver node = new Datacenter().node("lab", lvm, new NoFiles());
    LvmStorage driver = driver(Room.FULL);
    PowerState power = PowerState.OFF;
    VmId vm = VM;
    String store = STORE;
    long epoch = 1;
    boolean cancelled;

    LvmStorage driver(Room room) {
        return driver(room, StorageKind.LOCAL_LVM);
    }

    LvmStorage sharedDriver() {
        return driver(Room.FULL, StorageKind.NETWORK_LVM);
    }

    private LvmStorage driver(Room room, StorageKind kind) {
        return new LvmStorage(
                new Groups(Map.of(SimulatedLvm.GROUP, kind)),
                room,
                new Limits(Duration.ofMinutes(1), Duration.ofSeconds(30)),
                pauses::add);
    }

    /** Another process begins with nothing in memory. */
    void restart() {
        driver = driver(Room.FULL);
        lvm.dieBefore = Integer.MAX_VALUE;
    }

    Volume thick(String name) {
        lvm.linear(name, 4);
        return volume(name);
    }

    Volume thin(String name) {
        if (lvm.find("pool").isEmpty()) {
            lvm.pool("pool", 16);
        }
        lvm.thin(name, "pool", 4);
        return volume(name);
    }

    static Volume volume(String name) {
        return new Volume(name, "/dev/vg/" + name, "raw", StorageKind.LOCAL_LVM, "lvm", OptionalLong.empty());
    }

    static VmDescription.Disk disk(String source) {
        return new VmDescription.Disk(
                "vda",
                VmDescription.Device.DISK,
                VmDescription.SourceType.BLOCK,
                Optional.of(source),
                Optional.of("raw"));
    }

    void cut(List<Volume> volumes, SnapshotId id) {
        driver.prepare(volumes, id, this);
        driver.cut(volumes, id, this);
    }

    VolumeState.Seen inspect(Volume volume) {
        return state(volume).asSeen().orElseThrow();
    }

    List<VolumeState.Seen> inspect(List<Volume> volumes) {
        return driver.inspect(volumes, this).stream()
                .map(state -> state.asSeen().orElseThrow())
                .toList();
    }

    VolumeState.Seen examine(Volume volume) {
        return driver.examine(List.of(volume), this).get(0).asSeen().orElseThrow();
    }

    VolumeState state(Volume volume) {
        return driver.inspect(List.of(volume), this).get(0);
    }

    String part(Volume volume, SnapshotId id) {
        return Names.part(Scene.path(volume), id).name();
    }

    @Override
    public VmDescription vm() {
        return new VmDescription(
                vm,
                "vm",
                power,
                1 << 28,
                List.of(),
                Set.of(VmDescription.Trait.PERSISTENT, VmDescription.Trait.ATOMIC_CUT),
                List.of(),
                List.of(),
                Optional.empty());
    }

    @Override
    public HypervisorDriver hypervisor() {
        return node;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public Duration remaining() {
        return Duration.ofDays(1);
    }

    @Override
    public String store() {
        return store;
    }

    @Override
    public void report(double fraction) {}

    @Override
    public boolean cancelled() {
        return cancelled;
    }

    private static final class NoFiles implements NodeFiles {
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
        public Optional<FileSystem> fileSystem(String path) {
            throw new UnsupportedOperationException(path);
        }
    }
}
