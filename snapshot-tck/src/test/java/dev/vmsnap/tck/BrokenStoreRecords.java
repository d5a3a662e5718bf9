package dev.vmsnap.tck;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmRecord;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/** Contract tests of stores that lose something of a record, one each. */
final class BrokenStoreRecords {
    private static final String ALL_FIELDS = "every field of a record comes back as it was, over a restart";
    private static final String HOSTILE = "hostile texts come back unchanged from every field that holds text";
    private static final String LEFTOVERS =
            "leftovers come back in their order, over a restart, and go when they are saved no more";
    private static final String CHAINS =
            "the chain of a volume comes back, and one that is not known is told from one that is empty";
    private static final String OWNER =
            "the owner of a snapshot is the VM whose saved tree has it, and nobody owns what no tree has";
    private static final String DAMAGED =
            "a record that cannot be read is named, fails to be read, and keeps no other from being read or saved";
    private static final String FORGOTTEN = "a record that cannot be read can be forgotten, and saved anew";

    private BrokenStoreRecords() {}

    @Breaks({DAMAGED, FORGOTTEN})
    static final class FailsAltogetherForOneRecord extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public List<Stored> all() {
                    sound.damaged().forEach(damaged -> sound.find(damaged.vm().orElseThrow()));
                    return sound.all();
                }

                @Override
                public void forget(Lease lease) {
                    sound.find(lease.vm());
                    sound.forget(lease);
                }
            };
        }
    }

    @Breaks(DAMAGED)
    static final class PassesOverWhatIsDamaged extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public List<Stored> all() {
                    return sound.all().stream()
                            .filter(stored -> stored.sound().isPresent())
                            .toList();
                }
            };
        }
    }

    @Breaks(DAMAGED)
    static final class TakesWhatIsDamagedForNothing extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public Optional<VmRecord> find(VmId vm) {
                    boolean damaged =
                            sound.damaged().stream().anyMatch(one -> one.vm().equals(Optional.of(vm)));
                    return damaged ? Optional.empty() : sound.find(vm);
                }
            };
        }
    }

    @Breaks({ALL_FIELDS, HOSTILE, LEFTOVERS})
    static final class LosesLeftovers extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new Saving(sound) {
                @Override
                VmRecord saved(VmRecord record) {
                    return record.withLeftovers(List.of());
                }
            };
        }
    }

    @Breaks(LEFTOVERS)
    static final class KeepsEqualLeftoversOnce extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new Saving(sound) {
                @Override
                VmRecord saved(VmRecord record) {
                    return record.withLeftovers(List.copyOf(new LinkedHashSet<>(record.leftovers())));
                }
            };
        }
    }

    @Breaks("a template that a VM is assigned to stays; any other one is removed for good, also again")
    static final class RemovesTemplatesThatAreUsed extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public boolean removeTemplate(String name) {
                    sound.all().stream()
                            .flatMap(stored -> stored.sound().stream())
                            .filter(record ->
                                    record.template().filter(name::equals).isPresent())
                            .forEach(record -> sound.save(record.withSettings(Optional.empty(), record.choice())));
                    return sound.removeTemplate(name);
                }
            };
        }
    }

    @Breaks({ALL_FIELDS, HOSTILE, CHAINS})
    static final class LosesChains extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new Chaining(sound) {
                @Override
                Optional<Chain> saved(Optional<Chain> chain) {
                    return Optional.empty();
                }
            };
        }
    }

    @Breaks({
        ALL_FIELDS,
        CHAINS,
        "a save returns the record with the next revision, which is what is read from then on",
        "a saved tree takes the place of the one before: grown, changed, pruned, moved"
    })
    static final class TakesAnUnknownChainForNone extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new Chaining(sound) {
                @Override
                Optional<Chain> saved(Optional<Chain> chain) {
                    return Optional.of(chain.orElse(Chain.NONE));
                }
            };
        }
    }

    @Breaks(OWNER)
    static final class TakesALeftoverForASnapshot extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public Optional<VmId> owner(SnapshotId snapshot) {
                    return sound.owner(snapshot).or(() -> sound.all().stream()
                            .flatMap(stored -> stored.sound().stream())
                            .filter(record -> record.leftovers().stream()
                                    .anyMatch(left -> left.snapshot().equals(snapshot)))
                            .map(VmRecord::vm)
                            .findFirst());
                }
            };
        }
    }

    @Breaks(OWNER)
    static final class KnowsNoOwner extends BrokenStores.Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public Optional<VmId> owner(SnapshotId snapshot) {
                    return Optional.empty();
                }
            };
        }
    }

    /** Saves another record than it was given. */
    private abstract static class Saving extends StoreFront {
        Saving(SnapshotStore sound) {
            super(sound);
        }

        abstract VmRecord saved(VmRecord record);

        @Override
        public final VmRecord save(VmRecord record) {
            return sound.save(saved(record));
        }

        @Override
        public final VmRecord save(VmRecord record, Lease lease) {
            return sound.save(saved(record), lease);
        }
    }

    /** Saves other chains than it was given. */
    private abstract static class Chaining extends Saving {
        Chaining(SnapshotStore sound) {
            super(sound);
        }

        abstract Optional<Chain> saved(Optional<Chain> chain);

        @Override
        final VmRecord saved(VmRecord record) {
            VmRecord changed = record;
            for (Snapshot snapshot : record.tree().snapshots()) {
                changed = changed.withTree(changed.tree().replace(changed(snapshot)));
            }
            return changed;
        }

        private Snapshot changed(Snapshot snapshot) {
            return new Snapshot(
                    snapshot.id(),
                    snapshot.vm(),
                    snapshot.parent(),
                    snapshot.labels(),
                    snapshot.createdAt(),
                    snapshot.createdBy(),
                    snapshot.status(),
                    snapshot.reason(),
                    snapshot.ram(),
                    snapshot.power(),
                    snapshot.node(),
                    snapshot.volumes().stream().map(this::changed).toList(),
                    snapshot.excluded(),
                    snapshot.receipt());
        }

        private Volume changed(Volume volume) {
            return new Volume(
                    volume.target(),
                    volume.source(),
                    volume.format(),
                    volume.kind(),
                    volume.storage(),
                    volume.virtualBytes(),
                    volume.location(),
                    saved(volume.chain()));
        }
    }
}
