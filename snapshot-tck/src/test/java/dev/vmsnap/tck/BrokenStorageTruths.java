package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Contract tests of storage drivers that lie, forget or leave something behind, one each. */
final class BrokenStorageTruths {
    private BrokenStorageTruths() {}

    @Breaks("reclaim: keeps contents and snapshots, as often as it is asked")
    static final class ReclaimsSnapshots extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void reclaim(List<Volume> volumes, DriverCall call) {
                    sound.delete(volumes, StorageFixture.FIRST, call);
                }
            };
        }
    }

    @Breaks("durability: the next process finds every snapshot and can restore it")
    static final class KnowsOnlyWhatItTookItself extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            Set<SnapshotId> mine = ConcurrentHashMap.newKeySet();
            return new Looking(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    mine.add(snapshot);
                    sound.cut(volumes, snapshot, call);
                }

                @Override
                VolumeState.Seen seen(VolumeState.Seen state, int index) {
                    Map<SnapshotId, VolumeState.Part> held = new HashMap<>(state.snapshots());
                    held.keySet().retainAll(mine);
                    return with(state, held, state.freeBytes());
                }
            };
        }
    }

    @Breaks({
        "inspect: tells the parts of each volume apart",
        "inspect: two volumes with one target and different sources have states of their own"
    })
    static final class TellsOfAllVolumesWhatTheFirstHolds extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Looking(sound) {
                @Override
                VolumeState.Seen seen(VolumeState.Seen state, int index) {
                    return index == 0 ? state : with(state, Map.of(), state.freeBytes());
                }
            };
        }
    }

    @Breaks("inspect: gives the size, and figures of space that can be")
    static final class LiesAboutSpace extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Looking(sound) {
                @Override
                VolumeState.Seen seen(VolumeState.Seen state, int index) {
                    return with(state, state.snapshots(), -1);
                }
            };
        }
    }

    @Breaks("inspect: tells of a sound part that it can be used, with figures that can be")
    static final class TellsOfPartsThatAreMoreThanFull extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Looking(sound) {
                @Override
                VolumeState.Seen seen(VolumeState.Seen state, int index) {
                    Map<SnapshotId, VolumeState.Part> full = new HashMap<>(state.snapshots());
                    full.replaceAll((id, part) -> new VolumeState.Part(
                            part.ramBytes(), OptionalLong.of(2), OptionalLong.of(2), OptionalLong.of(1), part.flaw()));
                    return with(state, full, state.freeBytes());
                }
            };
        }
    }

    @Breaks({
        "inspect: objects to using a volume that is gone, and does not fail",
        "inspect: a volume that is gone is absent, and nothing stands against deleting it",
        "inspect: two volumes with one target and different sources have states of their own"
    })
    static final class FailsToLookAtWhatIsGone extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
                    List<VolumeState> states = sound.inspect(volumes, call);
                    if (states.stream().anyMatch(VolumeState.Absent.class::isInstance)) {
                        throw new DriverException(id(), Reason.MISSING, "gone");
                    }
                    return states;
                }
            };
        }
    }

    @Breaks("claim: no disk of Ceph")
    static final class ClaimsEverything extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public Optional<StorageKind> claim(VmDescription.Disk disk, DriverCall call) {
                    return Optional.of(StorageKind.LOCAL_LVM);
                }
            };
        }
    }

    /** Changes what inspect sees. */
    private abstract static class Looking extends StorageFront {
        Looking(StorageDriver sound) {
            super(sound);
        }

        abstract VolumeState.Seen seen(VolumeState.Seen state, int index);

        @Override
        public final List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
            List<VolumeState> states = new ArrayList<>();
            for (VolumeState state : sound.inspect(volumes, call)) {
                int index = states.size();
                states.add(state.asSeen()
                        .<VolumeState>map(seen -> seen(seen, index))
                        .orElse(state));
            }
            return states;
        }

        static VolumeState.Seen with(
                VolumeState.Seen state, Map<SnapshotId, VolumeState.Part> snapshots, long freeBytes) {
            return new VolumeState.Seen(
                    state.volume(),
                    state.store(),
                    freeBytes,
                    state.neededBytes(),
                    snapshots,
                    state.foreign(),
                    state.snapshotBytes(),
                    state.leakedBytes(),
                    state.objections(),
                    state.notices());
        }
    }
}
