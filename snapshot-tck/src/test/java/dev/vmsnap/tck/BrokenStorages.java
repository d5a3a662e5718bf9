package dev.vmsnap.tck;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.testkit.TestCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Contract tests of storage drivers that break one rule each. Nested, so that only the test of teeth runs them. */
final class BrokenStorages {
    private BrokenStorages() {}

    /** A contract test on a driver behind a front that breaks something. */
    abstract static class Broken extends StorageDriverContract {
        abstract StorageDriver front(StorageDriver sound);

        @Override
        protected final StorageLab openLab() {
            return InMemoryStorageLab.beside(this::front);
        }
    }

    @Breaks("restore: brings back what every volume held at the cut")
    static final class ForgetsToRestoreTheSecondVolume extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    boolean whole = volumes.stream().allMatch(volume -> holds(volume, snapshot, call));
                    sound.restore(whole ? volumes.subList(0, 1) : volumes, snapshot, call);
                }
            };
        }
    }

    @Breaks("restore: to a snapshot that one volume has not fails as MISSING and changes none")
    static final class RestoresVolumeByVolume extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    volumes.forEach(volume -> sound.restore(List.of(volume), snapshot, call));
                }
            };
        }
    }

    @Breaks({
        "restore: goes to any snapshot, in any order, twice, and keeps every snapshot",
        "restore: what is written afterwards changes no snapshot",
        "delete: of a snapshot with later ones leaves those as they were",
        "names: ids as short and as long as can be, and ids that begin alike, are told apart",
        "threads: VMs that are worked on at the same time do not disturb each other"
    })
    static final class RollsBackAndDropsWhatIsLater extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            Map<String, List<SnapshotId>> orders = new ConcurrentHashMap<>();
            return new StorageFront(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.cut(volumes, snapshot, call);
                    volumes.forEach(volume -> orderOf(volume).add(snapshot));
                }

                @Override
                public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.restore(volumes, snapshot, call);
                    for (Volume volume : volumes) {
                        List<SnapshotId> order = orderOf(volume);
                        order.subList(order.indexOf(snapshot) + 1, order.size())
                                .forEach(later -> sound.delete(List.of(volume), later, call));
                    }
                }

                private List<SnapshotId> orderOf(Volume volume) {
                    return orders.computeIfAbsent(volume.source(), source -> new ArrayList<>());
                }
            };
        }
    }

    @Breaks("cut: asked again it keeps what it took the first time")
    static final class CutsTwice extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    if (volumes.stream().allMatch(volume -> holds(volume, snapshot, call))) {
                        sound.delete(volumes, snapshot, call);
                    }
                    sound.cut(volumes, snapshot, call);
                }
            };
        }
    }

    @Breaks("cut: takes all volumes or, when one fails, none")
    static final class LeavesAPartialCut extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    volumes.forEach(volume -> sound.cut(List.of(volume), snapshot, call));
                }
            };
        }
    }

    @Breaks("cut: cancelled on its way it takes nothing, or goes on to its end")
    static final class LeavesACancelledCut extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    boolean stop = call.cancelled();
                    DriverCall deaf = new Deaf(call);
                    if (!stop && call.cancelled()) {
                        sound.cut(volumes.subList(0, 1), snapshot, deaf);
                        stop = true;
                    }
                    if (stop) {
                        throw new CancelledException("cancelled");
                    }
                    sound.cut(volumes, snapshot, deaf);
                }
            };
        }
    }

    @Breaks("cut: tells of progress that never falls")
    static final class ReportsLessThanBefore extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.cut(volumes, snapshot, call);
                    call.report(0.5);
                }
            };
        }
    }

    @Breaks("prepare: can be asked again, and delete takes it back")
    static final class KeepsWhatItReserved extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    boolean unknown = sound.inspect(volumes, call).stream().anyMatch(VolumeState::isUnknown);
                    if (unknown || volumes.stream().anyMatch(volume -> holds(volume, snapshot, call))) {
                        sound.delete(volumes, snapshot, call);
                    }
                }
            };
        }
    }

    @Breaks({
        "inspect: a volume that is gone is absent, and nothing stands against deleting it",
        "delete: a snapshot that never was is no error"
    })
    static final class FailsOnAnUnknownDelete extends Broken {
        private final Set<SnapshotId> seen = ConcurrentHashMap.newKeySet();

        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void prepare(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    seen.add(snapshot);
                    sound.prepare(volumes, snapshot, call);
                }

                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    if (!seen.contains(snapshot)) {
                        throw new DriverException(id(), Reason.MISSING, "no snapshot " + snapshot);
                    }
                    sound.delete(volumes, snapshot, call);
                }
            };
        }
    }

    @Breaks("delete: asked again it succeeds")
    static final class FailsOnASecondDelete extends Broken {
        private final Set<String> deleted = ConcurrentHashMap.newKeySet();

        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    String name = volumes.get(0).source() + "@" + snapshot;
                    if (deleted.contains(name)) {
                        throw new DriverException(id(), Reason.MISSING, "no snapshot " + snapshot);
                    }
                    sound.delete(volumes, snapshot, call);
                    deleted.add(name);
                }
            };
        }
    }

    @Breaks("delete: finishes what is there when one volume is gone")
    static final class GivesUpWhenAVolumeIsGone extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    boolean gone = sound.inspect(volumes, call).stream().anyMatch(VolumeState.Absent.class::isInstance);
                    if (!gone) {
                        sound.delete(volumes, snapshot, call);
                    }
                }
            };
        }
    }

    @Breaks("delete: takes away the snapshot that is named, from every volume, and no other")
    static final class DeletesAncestorsToo extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.delete(volumes, snapshot, call);
                    if (snapshot.equals(StorageFixture.SECOND)) {
                        sound.delete(volumes, StorageFixture.FIRST, call);
                    }
                }
            };
        }
    }

    @Breaks("names: ids as short and as long as can be, and ids that begin alike, are told apart")
    static final class CutsLongNamesShort extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void cut(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.cut(volumes, shortened(snapshot), call);
                }

                @Override
                public void prepare(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.prepare(volumes, shortened(snapshot), call);
                }

                @Override
                public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.restore(volumes, shortened(snapshot), call);
                }

                private SnapshotId shortened(SnapshotId id) {
                    return SnapshotId.of(
                            id.value().substring(0, Math.min(39, id.value().length())));
                }
            };
        }
    }

    @Breaks("fence: without a lease nothing is cut, brought back or deleted")
    static final class NeverAsksForTheLease extends Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void restore(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    sound.restore(volumes, snapshot, new TestCall(call.vm(), call.hypervisor()));
                }
            };
        }
    }

    /** A call that nobody can cancel any more. */
    private record Deaf(DriverCall call) implements DriverCall {
        @Override
        public VmDescription vm() {
            return call.vm();
        }

        @Override
        public HypervisorDriver hypervisor() {
            return call.hypervisor();
        }

        @Override
        public long epoch() {
            return call.epoch();
        }

        @Override
        public Duration remaining() {
            return call.remaining();
        }

        @Override
        public String store() {
            return call.store();
        }

        @Override
        public void report(double fraction) {
            call.report(fraction);
        }

        @Override
        public boolean cancelled() {
            return false;
        }
    }
}
