package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VolumeState;
import java.util.List;

/** Contract tests of storage drivers that lose RAM beside the volumes, or leave it behind, one each. */
final class BrokenRamPlaces {
    private static final int ONE_MIB = 1 << 20;

    private BrokenRamPlaces() {}

    /** A contract test on a driver behind a front that breaks something. */
    abstract static class Broken extends RamBesideContract {
        abstract StorageDriver front(StorageDriver sound);

        @Override
        protected final StorageLab openLab() {
            return InMemoryStorageLab.beside(this::front);
        }
    }

    @Breaks({
        "RAM beside: what was written is there when the next process opens it, with the size that was kept",
        "RAM beside: a restore of the volumes leaves it as it was",
        "RAM beside: delete takes away what was kept, of the snapshot that is named and no other"
    })
    static final class RoundsWhatItKeeps extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void keepRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
                    ram().keepRam(volumes, snapshot, bytes / ONE_MIB * ONE_MIB, call);
                }
            };
        }
    }

    @Breaks("RAM beside: what was written is there when the next process opens it, with the size that was kept")
    static final class FailsToCloseTwice extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                private boolean closed;

                @Override
                public void closeRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    if (closed) {
                        throw new DriverException(id(), Reason.BROKEN, "it is closed");
                    }
                    closed = true;
                    ram().closeRam(volumes, snapshot, call);
                }
            };
        }
    }

    @Breaks("RAM beside: a restore of the volumes leaves it as it was")
    static final class LosesRamInARestore extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.restore(volumes, snapshot, call);
                    if (sound.inspect(volumes, call).stream()
                            .flatMap(state -> state.asSeen().flatMap(seen -> seen.part(snapshot)).stream())
                            .anyMatch(part -> ramOf(part) > 0)) {
                        ram().keepRam(volumes, snapshot, 0, call);
                    }
                }
            };
        }
    }

    @Breaks("RAM beside: before it is kept nothing tells of it, and delete takes the place away")
    static final class KeepsRamBeforeItIsSaidSo extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void closeRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    ram().closeRam(volumes, snapshot, call);
                }

                @Override
                public void prepare(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.prepare(volumes, snapshot, call);
                    try {
                        ram().keepRam(volumes, snapshot, ONE_MIB + 1, call);
                    } catch (DriverException nothingWasWritten) {
                        return;
                    }
                }
            };
        }
    }

    @Breaks({
        "RAM beside: before it is kept nothing tells of it, and delete takes the place away",
        "RAM beside: delete takes away what was kept, of the snapshot that is named and no other"
    })
    static final class LeavesRamBehind extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.delete(volumes, snapshot, call);
                    if (volumes.size() == 1 && snapshot.equals(StorageFixture.FIRST) && reserved) {
                        ram().reserveRam(volumes, snapshot, ONE_MIB, call);
                    }
                }

                private boolean reserved;

                @Override
                public void reserveRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
                    reserved = true;
                    ram().reserveRam(volumes, snapshot, bytes, call);
                }
            };
        }
    }

    @Breaks("RAM beside: a place that is too large fails as NO_SPACE and leaves nothing")
    static final class ReservesWhatThereIs extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void reserveRam(List<Volume> volumes, SnapshotId snapshot, long bytes, DriverCall call) {
                    try {
                        ram().reserveRam(volumes, snapshot, bytes, call);
                    } catch (DriverException tooMuch) {
                        ram().reserveRam(volumes, snapshot, ONE_MIB, call);
                        throw tooMuch;
                    }
                }
            };
        }
    }

    @Breaks("RAM beside: a place that nobody has reserved fails as MISSING")
    static final class OpensWhatIsNotThere extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public String openRam(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    try {
                        return ram().openRam(volumes, snapshot, call);
                    } catch (DriverException missing) {
                        return "/dev/null";
                    }
                }
            };
        }
    }

    private static long ramOf(VolumeState.Part part) {
        return part == null ? 0 : part.ramBytes();
    }
}
