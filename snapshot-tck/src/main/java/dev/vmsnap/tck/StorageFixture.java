package dev.vmsnap.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.testkit.TestCall;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A lab that is open while a sentence is tested, and the phrases that sentences are made of. */
@ExtendWith(ConformanceReport.class)
abstract class StorageFixture {
    static final int REPEATS = 3;
    static final SnapshotId FIRST = SnapshotId.of("first");
    static final SnapshotId SECOND = SnapshotId.of("second");
    static final SnapshotId THIRD = SnapshotId.of("third");
    static final VmId VM = VmId.of("contract-vm");

    private @Nullable StorageLab open;

    /**
     * Opens the lab that one sentence is tested in.
     *
     * @return the lab; closed after the sentence
     * @throws Exception if it cannot be opened
     */
    protected abstract StorageLab openLab() throws Exception;

    @BeforeEach
    final void open() throws Exception {
        open = openLab();
    }

    @AfterEach
    final void close() {
        if (open != null) {
            open.close();
        }
    }

    final StorageLab lab() {
        if (open == null) {
            throw new IllegalStateException("no lab is open");
        }
        return open;
    }

    final StorageDriver driver() {
        return lab().driver();
    }

    final Volume newVolume(String target, String content) {
        Volume volume = lab().newVolume(target);
        lab().write(volume, content);
        return volume;
    }

    final List<Volume> twoVolumes() {
        return List.of(newVolume("vda", "a1"), newVolume("vdb", "b1"));
    }

    final TestCall call(List<Volume> volumes) {
        return new TestCall(descriptionOf(VM, volumes), lab().hypervisor());
    }

    final TestCall call(Volume volume) {
        return call(List.of(volume));
    }

    /** Cuts as the engine does: what is reserved first is there at the cut. */
    final void cut(List<Volume> volumes, SnapshotId id) {
        driver().prepare(volumes, id, call(volumes));
        driver().cut(volumes, id, call(volumes));
    }

    final void cut(Volume volume, SnapshotId id) {
        cut(List.of(volume), id);
    }

    final void restore(List<Volume> volumes, SnapshotId id) {
        driver().restore(volumes, id, call(volumes));
    }

    final void restore(Volume volume, SnapshotId id) {
        restore(List.of(volume), id);
    }

    final void delete(List<Volume> volumes, SnapshotId id) {
        driver().delete(volumes, id, call(volumes));
    }

    final void delete(Volume volume, SnapshotId id) {
        delete(List.of(volume), id);
    }

    final VolumeState state(Volume volume) {
        return driver().inspect(List.of(volume), call(volume)).get(0);
    }

    /** The state of a volume that must be there. */
    final VolumeState.Seen inspect(Volume volume) {
        return seen(state(volume));
    }

    static VolumeState.Seen seen(VolumeState state) {
        return state.asSeen().orElseThrow(() -> new AssertionError("not seen: " + state));
    }

    /** What inspect tells of a volume's part of a snapshot, which must be there. */
    static VolumeState.Part part(VolumeState.Seen state, SnapshotId id) {
        return state.part(id)
                .orElseThrow(() -> new AssertionError(state.volume().target() + " holds no part of " + id));
    }

    final void assertHolds(Volume volume, SnapshotId... ids) {
        assertThat(inspect(volume).snapshots())
                .as("what inspect tells of the snapshots of %s", volume.target())
                .containsOnlyKeys(ids);
    }

    final void assertContent(Volume volume, String content) {
        assertThat(lab().read(volume)).as("what %s holds", volume.target()).isEqualTo(content);
    }

    final void assertNoTraces() {
        assertThat(lab().traces()).as("what is left on the storage").isEmpty();
    }

    static DriverException assertFails(ThrowingCallable verb) {
        Throwable thrown = catchThrowable(verb);
        assertThat(thrown).as("how the verb failed").isInstanceOf(DriverException.class);
        return (DriverException) thrown;
    }

    static VmDescription descriptionOf(VmId vm, List<Volume> volumes) {
        return new VmDescription(
                vm,
                "contract",
                PowerState.OFF,
                1 << 20,
                volumes.stream().map(StorageFixture::diskOf).toList(),
                Set.of(VmDescription.Trait.PERSISTENT),
                List.of(),
                List.of(),
                Optional.empty());
    }

    static VmDescription.Disk diskOf(Volume volume) {
        boolean file = Set.of(StorageKind.FILE, StorageKind.NAS).contains(volume.kind());
        return new VmDescription.Disk(
                volume.target(),
                VmDescription.Device.DISK,
                file ? VmDescription.SourceType.FILE : VmDescription.SourceType.BLOCK,
                Optional.of(volume.source()),
                Optional.of(volume.format()));
    }

    final void publish(List<Volume> volumes, VmRecord record) {
        publish(volumes, copyOf(TestCall.STORE, record), Set.of());
    }

    final void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped) {
        TestCall call = new TestCall(descriptionOf(copy.record().vm(), volumes), lab().hypervisor());
        driver().publish(volumes, copy, dropped, call.inStore(copy.store().orElseThrow()));
    }

    static RecordsCopy copyOf(String store, VmRecord record) {
        Map<SnapshotId, VmConfiguration> configurations = new TreeMap<>();
        record.tree()
                .snapshots()
                .forEach(snapshot -> configurations.put(
                        snapshot.id(),
                        new VmConfiguration("configuration of " + snapshot.id(), "configuration of " + snapshot.id())));
        return new RecordsCopy(Optional.of(store), Instant.EPOCH, record, configurations);
    }

    static VmRecord recordOf(VmId vm, List<Volume> volumes, SnapshotId... ids) {
        List<Snapshot> snapshots = List.of(ids).stream()
                .map(id -> new Snapshot(
                        id,
                        vm,
                        Optional.empty(),
                        Snapshot.Labels.named("name of " + id),
                        Instant.EPOCH,
                        Actor.administrator("contract"),
                        Snapshot.Status.AVAILABLE,
                        Optional.empty(),
                        false,
                        PowerState.OFF,
                        "lab",
                        volumes,
                        Set.of(),
                        Optional.empty()))
                .toList();
        return VmRecord.of(vm).withTree(SnapshotTree.of(vm, snapshots, Optional.empty()));
    }
}
