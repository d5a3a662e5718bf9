package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VolumeState;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;

/** Contract tests of storage drivers that give one of the three answers for another, one each. */
final class BrokenStorageAnswers {
    private static final String GONE =
            "inspect: a volume that is gone is absent, and nothing stands against deleting it";
    private static final String AWAY =
            "inspect: a volume whose storage is away is unknown, and is seen again when it is back";
    private static final String DENIED =
            "inspect: a volume that the node may not read is unknown, and is seen again when it may";
    private static final String TOOL_MISSING =
            "inspect: a volume is unknown while a tool is missing, and is seen again when it is there";
    private static final String TOOL_FAILING =
            "inspect: a volume is unknown while a tool fails, and is seen again when it works";
    private static final String HANGING =
            "inspect: a volume that never answers is unknown within the deadline of the driver";
    private static final String NO_TRACE =
            "inspect: what cannot be inspected leaves no trace, and what is seen neither";
    private static final String ONE_TARGET =
            "inspect: two volumes with one target and different sources have states of their own";
    private static final String CHAIN =
            "inspect: the chain below an image is told, is the same after a cut, and another one when it is rebased";
    private static final String DELETE_UNKNOWN =
            "delete: of a volume that cannot be inspected fails, deletes nothing, and deletes it when asked again";
    private static final String DELETE_FAILING =
            "delete: asked while a tool fails for one volume it tells nothing as gone that is still there";

    private BrokenStorageAnswers() {}

    @Breaks(GONE)
    static final class TakesAbsentForUnknown extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Answering(
                    sound,
                    state -> state.fold(
                            seen -> seen,
                            absent -> new VolumeState.Unknown(absent.volume(), absent.why()),
                            unknown -> unknown));
        }
    }

    @Breaks({AWAY, DENIED, TOOL_MISSING, TOOL_FAILING, HANGING})
    static final class TakesUnknownForAbsent extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Answering(
                    sound,
                    state -> state.fold(
                            seen -> seen,
                            absent -> absent,
                            unknown -> new VolumeState.Absent(unknown.volume(), unknown.why())));
        }
    }

    @Breaks({AWAY, DENIED, TOOL_MISSING, TOOL_FAILING, HANGING})
    static final class SeesNothingInWhatItCannotInspect extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Answering(
                    sound, state -> state.fold(seen -> seen, absent -> absent, unknown -> empty(unknown.volume())));
        }
    }

    @Breaks(TOOL_MISSING)
    static final class TakesALackingToolForProof extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Answering(
                    sound,
                    state -> state.fold(
                            seen -> seen,
                            absent -> absent,
                            unknown -> unknown.why().message().contains("tool is missing")
                                    ? new VolumeState.Absent(unknown.volume(), unknown.why())
                                    : unknown));
        }
    }

    @Breaks({AWAY, DENIED, TOOL_MISSING, TOOL_FAILING, HANGING})
    static final class NamesNoRemedy extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new Answering(
                    sound,
                    state -> state.fold(
                            seen -> seen,
                            absent -> absent,
                            unknown -> new VolumeState.Unknown(
                                    unknown.volume(),
                                    Refusal.of(
                                            unknown.why().code(), unknown.why().message(), " "))));
        }
    }

    @Breaks({AWAY, DENIED, TOOL_MISSING, TOOL_FAILING, HANGING})
    static final class NeverSeesAgainWhatWasAway extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            Map<String, VolumeState> remembered = new ConcurrentHashMap<>();
            return new StorageFront(sound) {
                @Override
                public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
                    return sound.inspect(volumes, call).stream()
                            .peek(state -> {
                                if (state.isUnknown()) {
                                    remembered.put(state.volume().source(), state);
                                }
                            })
                            .map(state -> remembered.getOrDefault(state.volume().source(), state))
                            .toList();
                }
            };
        }
    }

    @Breaks({HANGING, NO_TRACE})
    static final class WaitsForEver extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
                    List<VolumeState> states = sound.inspect(volumes, call);
                    if (states.stream().anyMatch(BrokenStorageAnswers::hangs)) {
                        awaitNothing();
                    }
                    return states;
                }
            };
        }
    }

    @Breaks(NO_TRACE)
    static final class LeavesAMarkWhenItExamines extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public List<VolumeState> examine(List<Volume> volumes, DriverCall call) {
                    List<VolumeState> states = sound.examine(volumes, call);
                    if (states.stream().allMatch(VolumeState::isUnknown)) {
                        return states;
                    }
                    sound.prepare(volumes, StorageFixture.THIRD, call);
                    return states;
                }
            };
        }
    }

    @Breaks(ONE_TARGET)
    static final class TellsStatesApartByTarget extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
                    Map<String, VolumeState> states = new HashMap<>();
                    sound.inspect(volumes, call)
                            .forEach(state -> states.put(state.volume().target(), state));
                    return volumes.stream()
                            .map(volume -> states.get(volume.target()))
                            .toList();
                }
            };
        }
    }

    @Breaks(CHAIN)
    static final class TellsNoChain extends StorageDriverContract {
        @Override
        protected StorageLab openLab() {
            return InMemoryStorageLab.inImage(sound -> new Answering(
                    sound,
                    state -> state.fold(seen -> on(seen, Optional.empty()), absent -> absent, unknown -> unknown)));
        }
    }

    @Breaks(CHAIN)
    static final class RemembersTheFirstChain extends StorageDriverContract {
        @Override
        protected StorageLab openLab() {
            Map<String, Optional<Chain>> first = new ConcurrentHashMap<>();
            return InMemoryStorageLab.inImage(sound -> new Answering(
                    sound,
                    state -> state.fold(
                            seen -> on(seen, first.computeIfAbsent(seen.volume().source(), source -> seen.volume()
                                    .chain())),
                            absent -> absent,
                            unknown -> unknown)));
        }
    }

    @Breaks({DELETE_UNKNOWN, DELETE_FAILING})
    static final class TakesWhatItCannotDeleteForGone extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    for (Volume volume : volumes) {
                        boolean unknown =
                                sound.inspect(List.of(volume), call).get(0).isUnknown();
                        if (!unknown) {
                            sound.delete(List.of(volume), snapshot, call);
                        }
                    }
                }
            };
        }
    }

    @Breaks({DELETE_UNKNOWN, "fence: without a lease nothing is cut, brought back or deleted"})
    static final class CallsWhatIsAwayMissing extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    try {
                        sound.delete(volumes, snapshot, call);
                    } catch (DriverException away) {
                        throw new DriverException(id(), Reason.MISSING, "gone");
                    }
                }
            };
        }
    }

    @Breaks(DELETE_FAILING)
    static final class ForgetsAFailureOnceItWasReported extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            Map<String, Boolean> reported = new ConcurrentHashMap<>();
            return new StorageFront(sound) {
                @Override
                public void delete(List<Volume> volumes, SnapshotId snapshot, DriverCall call) {
                    try {
                        sound.delete(volumes, snapshot, call);
                    } catch (DriverException failed) {
                        if (volumes.size() < 2 || reported.put(volumes.get(0).source(), true) == null) {
                            throw failed;
                        }
                    }
                }
            };
        }
    }

    /** Changes each answer. */
    private static final class Answering extends StorageFront {
        private final UnaryOperator<VolumeState> change;

        Answering(StorageDriver sound, UnaryOperator<VolumeState> change) {
            super(sound);
            this.change = change;
        }

        @Override
        public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
            return sound.inspect(volumes, call).stream().map(change).toList();
        }
    }

    private static boolean hangs(VolumeState state) {
        return state instanceof VolumeState.Unknown unknown
                && unknown.why().message().contains("too long");
    }

    private static void awaitNothing() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static VolumeState.Seen empty(Volume volume) {
        return new VolumeState.Seen(
                volume, "pool", 1, 0, Map.of(), List.of(), OptionalLong.empty(), 0, Map.of(), List.of());
    }

    private static VolumeState.Seen on(VolumeState.Seen state, Optional<Chain> chain) {
        Volume volume = state.volume();
        return new VolumeState.Seen(
                new Volume(
                        volume.target(),
                        volume.source(),
                        volume.format(),
                        volume.kind(),
                        volume.storage(),
                        volume.virtualBytes(),
                        volume.location(),
                        chain),
                state.store(),
                state.freeBytes(),
                state.neededBytes(),
                state.snapshots(),
                state.foreign(),
                state.snapshotBytes(),
                state.leakedBytes(),
                state.objections(),
                state.notices());
    }
}
