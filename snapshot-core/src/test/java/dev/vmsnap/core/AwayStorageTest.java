package dev.vmsnap.core;

import static dev.vmsnap.core.Scenario.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.Volume;
import dev.vmsnap.core.Scenario.Disks;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A storage that does not answer, or is another one than it was, never makes a snapshot look lost. */
final class AwayStorageTest {
    private static final String RIGHT = "server:/right";

    private final Scenario scenario = Scenario.of(Disks.FILES, PowerState.RUNNING);
    private final Mounted storage = new Mounted(scenario.datacenter.inImage());
    private final VmSnapshots snapshots = SnapshotEngine.builder()
            .node("node-1", scenario.datacenter.node("node-1"))
            .storage(storage)
            .store(scenario.datacenter.store())
            .clock(scenario.datacenter.clock())
            .build();

    @Test
    void aSnapshotRemembersWhereItLies() {
        Snapshot snapshot = create("kept");

        assertThat(snapshot.volumes()).extracting(Volume::location).containsOnly(Optional.of(RIGHT));
    }

    @Test
    void usageFailsIfNothingCouldBeCounted() {
        create("kept");
        storage.mounted = "server:/other";

        assertThatThrownBy(() -> snapshots.usage(scenario.vm))
                .isInstanceOfSatisfying(DriverException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(DriverException.Reason.UNREACHABLE));

        storage.mounted = RIGHT;
        scenario.datacenter.node("node-1").disconnect(DriverException.Reason.TOOL_MISSING);
        assertThatThrownBy(() -> snapshots.usage(scenario.vm))
                .isInstanceOfSatisfying(DriverException.class, failure -> assertThat(failure.reason())
                        .isEqualTo(DriverException.Reason.TOOL_MISSING))
                .hasMessageContaining("node-1");
    }

    @Test
    void whileAnotherStorageIsMountedThereNothingIsTouchedAndNothingIsLost() {
        Snapshot snapshot = create("kept");
        storage.mounted = "server:/other";

        assertRefused(new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE));
        assertRefused(new Intent.Create(SnapshotSpec.named("next")));
        assertRefused(new Intent.Delete(Set.of(snapshot.id()), false));
        assertThatThrownBy(() ->
                        snapshots.restore(scenario.vm, snapshot.id(), ADMIN).await())
                .isInstanceOf(RefusedException.class);
        assertThat(snapshots.doctor(scenario.vm)).extracting(Finding::kind).containsOnly(Finding.Kind.STORAGE_AWAY);
        assertThat(status(snapshot)).isEqualTo(Snapshot.Status.AVAILABLE);

        storage.mounted = RIGHT;
        snapshots.restore(scenario.vm, snapshot.id(), ADMIN).await();
        snapshots.deleteAll(scenario.vm, ADMIN).await();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void whoeverOwnsItsPlaceMeanwhileTheStorageIsAway() {
        Snapshot snapshot = create("kept");
        storage.mounted = "";

        Verdict verdict = check(new Intent.Restore(snapshot.id(), Intent.Drift.REFUSE));

        assertThat(verdict.refusals()).extracting(Refusal::code).containsOnly(Code.STORAGE_AWAY);
    }

    @Test
    void aStorageThatGoesWhileASnapshotIsMadeIsToldAsSuch() {
        scenario.guest.power(PowerState.OFF);
        storage.goesAfterTheCut = true;

        assertThatThrownBy(() -> create("too late"))
                .isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                        .isEqualTo(DriverException.Reason.UNREACHABLE))
                .hasMessageContaining("nothing is known");

        assertThat(snapshots.tree(scenario.vm).isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    @Test
    void aStorageThatIsAwayIsNotFull() {
        scenario.guest.power(PowerState.OFF);
        storage.breaksInTheCut = true;

        assertThatThrownBy(() -> create("broken"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(DriverException.Reason.BROKEN));

        assertThat(snapshots.tree(scenario.vm).isEmpty()).isTrue();
        scenario.datacenter.assertNoLeftovers();
    }

    private Snapshot create(String name) {
        return snapshots.create(scenario.vm, SnapshotSpec.named(name), ADMIN).await();
    }

    private Snapshot.Status status(Snapshot snapshot) {
        return snapshots.tree(scenario.vm).find(snapshot.id()).orElseThrow().status();
    }

    private Verdict check(Intent intent) {
        return snapshots.check(scenario.vm, intent, ADMIN);
    }

    private void assertRefused(Intent intent) {
        assertThat(check(intent).refusals()).extracting(Refusal::code).containsOnly(Code.STORAGE_AWAY);
    }

    /** A storage of which one can see what is mounted. */
    private static final class Mounted implements StorageDriver {
        private final StorageDriver inside;
        private String mounted = RIGHT;
        private boolean goesAfterTheCut;
        private boolean breaksInTheCut;

        Mounted(StorageDriver inside) {
            this.inside = inside;
        }

        @Override
        public String id() {
            return inside.id();
        }

        @Override
        public Set<Trait> traits() {
            return inside.traits();
        }

        @Override
        public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
            return mounted.isEmpty() ? Optional.empty() : inside.claim(disk, call);
        }

        @Override
        public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
            return volumes.stream().map(volume -> state(volume, call)).toList();
        }

        private VolumeState state(Volume volume, DriverCall call) {
            boolean away = mounted.isEmpty()
                    || volume.location().filter(then -> !then.equals(mounted)).isPresent();
            return away
                    ? new VolumeState.Unknown(volume, Refusal.of(Code.STORAGE_AWAY, "nothing is known", "Mount it."))
                    : inside.inspect(List.of(volume.at(mounted)), call).get(0);
        }

        @Override
        public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
            if (breaksInTheCut) {
                mounted = "";
                throw new DriverException(id(), DriverException.Reason.BROKEN, "an error of the tool");
            }
            inside.cut(volumes, id, call);
            if (goesAfterTheCut) {
                mounted = "";
            }
        }

        @Override
        public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
            inside.restore(volumes, id, call);
        }

        @Override
        public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
            // It is back for whoever cleans up.
            mounted = RIGHT;
            inside.delete(volumes, id, call);
        }

        @Override
        public void reclaim(List<Volume> volumes, DriverCall call) {
            inside.reclaim(volumes, call);
        }

        @Override
        public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
            inside.publish(volumes, copy, dropped, call);
        }
    }
}
