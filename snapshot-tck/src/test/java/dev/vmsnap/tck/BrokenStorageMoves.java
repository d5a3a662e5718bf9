package dev.vmsnap.tck;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.StorageDriver;
import java.util.List;
import java.util.Map;

/** Contract tests of storage drivers whose copies or handovers break a sentence, one each. */
final class BrokenStorageMoves {
    private BrokenStorageMoves() {}

    @Breaks("copy: has what the snapshot has, can be taken away until it is the host's, and then stays")
    static final class KeepsWhatIsTheHosts extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void handOver(
                        List<Volume> volumes, SnapshotId snapshot, Map<String, String> places, DriverCall call) {}
            };
        }
    }

    @Breaks("copy: has what the snapshot has, can be taken away until it is the host's, and then stays")
    static final class LeavesCopiesBehind extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void discard(
                        List<Volume> volumes, SnapshotId snapshot, Map<String, String> places, DriverCall call) {}
            };
        }
    }

    @Breaks("handover: what was let go of can be taken again with its snapshots, however often it is asked")
    static final class TakesWhatIsNotThere extends StorageDriverContract {
        @Override
        protected StorageLab openLab() {
            return InMemoryStorageLab.inImage(sound -> new StorageFront(sound) {
                @Override
                public void adopt(List<Volume> volumes, DriverCall call) {}
            });
        }
    }
}
