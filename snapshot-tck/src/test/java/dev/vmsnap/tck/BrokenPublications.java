package dev.vmsnap.tck;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Contract tests of storage drivers that lose the copy of the records, one each. */
final class BrokenPublications {
    private BrokenPublications() {}

    @Breaks("publish: an empty tree takes it away, as often as it is asked")
    static final class KeepsTheCopyOfAnEmptyTree extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    if (!copy.record().tree().isEmpty()) {
                        sound.publish(volumes, copy, dropped, call);
                    }
                }
            };
        }
    }

    @Breaks({
        "publish: what is kept beside the volumes names every snapshot and its configuration",
        "published: returns everything that was published"
    })
    static final class PublishesNoConfigurations extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    sound.publish(
                            volumes,
                            new RecordsCopy(copy.store(), copy.written(), copy.record(), Map.of()),
                            dropped,
                            call);
                }
            };
        }
    }

    @Breaks({
        "publish: the copy of another store stays as it is",
        "supersede: removes the copy of a named store whose snapshots are all named or dropped, and no other",
        "supersede: keeps a copy that names a snapshot or a leftover which is neither named nor dropped"
    })
    static final class WritesOverTheCopyOfAnotherStore extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    if (!copy.record().tree().isEmpty()) {
                        removeOthers(copy, published(volumes, call), volumes, sound, call);
                    }
                    sound.publish(volumes, copy, dropped, call);
                }
            };
        }
    }

    @Breaks("publish: an empty tree leaves the copy of another store")
    static final class RemovesTheCopyOfAnotherStore extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    if (copy.record().tree().isEmpty()) {
                        removeOthers(copy, published(volumes, call), volumes, sound, call);
                    }
                    sound.publish(volumes, copy, dropped, call);
                }
            };
        }
    }

    @Breaks("publish: a copy of a higher revision is kept")
    static final class TakesAHigherRevisionForAnOlderOne extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    published(volumes, call).copies().stream()
                            .filter(there -> there.store().equals(copy.store())
                                    && there.record().revision() > copy.record().revision())
                            .forEach(there -> sound.publish(volumes, empty(there), all(there), call));
                    sound.publish(volumes, copy, dropped, call);
                }
            };
        }
    }

    @Breaks("publish: a copy that names a snapshot which is still there, and which the new one does not, is kept")
    static final class ForgetsSnapshotsThatAreStillThere extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    published(volumes, call).copies().stream()
                            .filter(there -> there.store().equals(copy.store())
                                    && there.record().revision()
                                            <= copy.record().revision())
                            .forEach(there -> sound.publish(volumes, empty(there), all(there), call));
                    sound.publish(volumes, copy, dropped, call);
                }
            };
        }
    }

    @Breaks("published: returns no copy of another VM")
    static final class ReturnsTheCopiesOfAllVms extends BrokenStorages.Broken {
        private final List<RecordsCopy> others = new ArrayList<>();

        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
                    if (!copy.record().vm().equals(StorageFixture.VM)) {
                        others.add(copy);
                    }
                    sound.publish(volumes, copy, dropped, call);
                }

                @Override
                public RecordsCopy.Found published(List<Volume> volumes, DriverCall call) {
                    List<RecordsCopy> all = new ArrayList<>(
                            sound instanceof Rebuilding rebuilding
                                    ? rebuilding.published(volumes, call).copies()
                                    : List.of());
                    all.addAll(others);
                    return new RecordsCopy.Found(all, List.of());
                }
            };
        }
    }

    @Breaks("supersede: removes the copy of a named store whose snapshots are all named or dropped, and no other")
    static final class SupersedesNothing extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void supersede(
                        List<Volume> volumes,
                        RecordsCopy copy,
                        Set<String> stores,
                        Set<SnapshotId> dropped,
                        DriverCall call) {}
            };
        }
    }

    @Breaks("supersede: keeps a copy that names a snapshot or a leftover which is neither named nor dropped")
    static final class SupersedesWhatKnowsMore extends BrokenStorages.Broken {
        @Override
        StorageDriver front(StorageDriver sound) {
            return new StorageFront(sound) {
                @Override
                public void supersede(
                        List<Volume> volumes,
                        RecordsCopy copy,
                        Set<String> stores,
                        Set<SnapshotId> dropped,
                        DriverCall call) {
                    published(volumes, call).copies().stream()
                            .filter(there ->
                                    there.store().filter(stores::contains).isPresent())
                            .forEach(there -> sound.publish(volumes, empty(there), all(there), call));
                }
            };
        }
    }

    private static void removeOthers(
            RecordsCopy copy, RecordsCopy.Found found, List<Volume> volumes, StorageDriver sound, DriverCall call) {
        found.copies().stream()
                .filter(there -> !there.store().equals(copy.store()))
                .forEach(there -> sound.publish(volumes, empty(there), all(there), call));
    }

    private static RecordsCopy empty(RecordsCopy copy) {
        VmRecord record = copy.record();
        return new RecordsCopy(
                Optional.of(copy.store().orElseThrow()),
                copy.written(),
                record.withTree(SnapshotTree.empty(record.vm())),
                Map.of());
    }

    private static Set<SnapshotId> all(RecordsCopy copy) {
        return copy.record().tree().snapshots().stream().map(Snapshot::id).collect(Collectors.toSet());
    }
}
