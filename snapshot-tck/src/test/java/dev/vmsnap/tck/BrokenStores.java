package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.testkit.InMemoryStore;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** Contract tests of stores that break one rule each. Nested, so that only the test of teeth runs them. */
final class BrokenStores {
    private BrokenStores() {}

    /** A contract test on a store behind a front that breaks something. */
    abstract static class Broken extends SnapshotStoreContract {
        abstract StoreFront front(SnapshotStore sound);

        @Override
        protected final SnapshotStore openStore(Clock time) {
            return front(new InMemoryStore(time));
        }

        @Override
        protected SnapshotStore reopen(SnapshotStore open, Clock time) {
            open.close();
            ((StoreFront) open).restarted();
            return open;
        }

        @Override
        protected final void damage(SnapshotStore open, VmId vm) {
            ((InMemoryStore) ((StoreFront) open).sound).damage(vm);
        }
    }

    @Breaks("the id is there from the beginning and outlives a restart")
    static final class HasAnotherNameEachTime extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                private int restarts;

                @Override
                public String id() {
                    return sound.id().substring(0, 8) + restarts;
                }

                @Override
                void restarted() {
                    restarts++;
                }
            };
        }
    }

    @Breaks({
        "the id is there from the beginning and outlives a restart",
        "every field of a record comes back as it was, over a restart",
        "leftovers come back in their order, over a restart, and go when they are saved no more",
        "the chain of a volume comes back, and one that is not known is told from one that is empty",
        "the owner of a snapshot is the VM whose saved tree has it, and nobody owns what no tree has",
        "a configuration comes back as it was, over a restart, and a later one takes its place",
        "templates are read by name, over a restart, and a later one takes the place of its namesake",
        "a template that a VM is assigned to stays; any other one is removed for good, also again",
        "a VM that is forgotten leaves no record and no configurations, and others stay",
        "the leases that are held are listed by VM, over a restart, and those that were given back are not",
        "a request to cancel an operation stays as long as its lease, over a restart, and needs a lease",
        "the epoch of a VM grows for ever: over releases, restarts and after the VM was forgotten",
        "a renewed lease ends later and is otherwise the same, over a restart",
        "leases that are renewed together end later and are otherwise the same, over a restart",
        "who asks for a lease that another one holds is told the holder's lease, over a restart",
        "a mark is on its step and on no other, over a restart, and can be set again",
        "every field of an open entry comes back as it was, hostile texts too, over a restart",
        "a closed entry is forgotten with all that belongs to it, and the others stay",
        "a fact is added to its entry, and a later one takes the place of one under the same key"
    })
    static final class KeepsNothingOverARestart extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound);
        }

        @Override
        protected SnapshotStore reopen(SnapshotStore open, Clock time) {
            open.close();
            return openStore(time);
        }
    }

    @Breaks(
            value = {
                "a record that somebody else saved meanwhile is refused with CONFLICT and stays as it is",
                "revision 0 is only for a VM that has no record, and another revision only for one that has"
            },
            atTimes = "16 threads that read, change and save one record lose no change")
    static final class SavesOverWhatSomebodyElseSaved extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public synchronized VmRecord save(VmRecord record) {
                    return sound.save(asStored(record));
                }

                @Override
                public synchronized VmRecord save(VmRecord record, Lease lease) {
                    return sound.save(asStored(record), lease);
                }

                private VmRecord asStored(VmRecord record) {
                    return record.withRevision(
                            sound.find(record.vm()).map(VmRecord::revision).orElse(0L));
                }
            };
        }
    }

    @Breaks({
        "a lease that has ended passes on with a higher epoch, and its old holder is shut out",
        "the lease of an abandoned holder passes on at once, and only that holder is judged",
        "nothing can be written under a lease that was given back",
        "nothing can be written under a lease that somebody else has acquired since"
    })
    static final class SavesUnderAnyLease extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public VmRecord save(VmRecord record, Lease lease) {
                    return sound.save(record);
                }
            };
        }
    }

    @Breaks({
        "nothing can be written under a lease that was given back",
        "nothing can be written under a lease that somebody else has acquired since"
    })
    static final class IsSilentAboutALostLease extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public void mark(String operation, int step, JournalEntry.Mark mark, Lease lease) {
                    try {
                        sound.mark(operation, step, mark, lease);
                    } catch (DriverException failure) {
                        if (failure.reason() != DriverException.Reason.LEASE_LOST) {
                            throw failure;
                        }
                    }
                }
            };
        }
    }

    @Breaks("of leases that are renewed together only the lost ones are refused, whose new holders keep theirs")
    static final class RenewsNothingAfterALostLease extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public Map<Lease, DriverException> renewAll(Collection<Lease> leases, Duration time) {
                    for (Lease lease : leases) {
                        try {
                            sound.renew(lease, time);
                        } catch (DriverException lost) {
                            return Map.of(lease, lost);
                        }
                    }
                    return Map.of();
                }
            };
        }
    }

    @Breaks({
        "leases that are renewed together end later and are otherwise the same, over a restart",
        "of leases that are renewed together only the lost ones are refused, whose new holders keep theirs"
    })
    static final class RenewsTheFirstLeaseOnly extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public Map<Lease, DriverException> renewAll(Collection<Lease> leases, Duration time) {
                    return sound.renewAll(leases.stream().limit(1).toList(), time);
                }
            };
        }
    }

    @Breaks("the epoch of a VM grows for ever: over releases, restarts and after the VM was forgotten")
    static final class CountsEpochsAnewForAForgottenVm extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                private final Map<VmId, Long> bases = new HashMap<>();
                private final Set<VmId> forgotten = new HashSet<>();

                @Override
                public void forget(Lease lease) {
                    sound.forget(counted(lease, 1));
                    forgotten.add(lease.vm());
                }

                @Override
                public void release(Lease lease) {
                    Lease real = counted(lease, 1);
                    sound.release(real);
                    if (forgotten.remove(lease.vm())) {
                        bases.put(lease.vm(), real.epoch());
                    }
                }

                @Override
                public synchronized Lease acquire(
                        VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned) {
                    return counted(
                            sound.acquire(vm, owner, verb, operation, time, held -> abandoned.test(counted(held, -1))),
                            -1);
                }

                @Override
                public VmRecord save(VmRecord record, Lease lease) {
                    return sound.save(record, counted(lease, 1));
                }

                private Lease counted(Lease lease, int sign) {
                    return new Lease(
                            lease.vm(),
                            lease.owner(),
                            lease.epoch() + sign * bases.getOrDefault(lease.vm(), 0L),
                            lease.verb(),
                            lease.operation(),
                            lease.since(),
                            lease.until());
                }
            };
        }
    }

    @Breaks("a holder that comes in while the dead one is judged is not thrown out with it")
    static final class ThrowsOutWhoeverHoldsTheLease extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public Lease acquire(
                        VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned) {
                    Lease held = ask(vm, owner, verb, operation, time);
                    if (held.operation().equals(operation) || !abandoned.test(held)) {
                        return held;
                    }
                    sound.release(ask(vm, owner, verb, operation, time));
                    return ask(vm, owner, verb, operation, time);
                }

                private Lease ask(VmId vm, String owner, Verb verb, String operation, Duration time) {
                    return sound.acquire(vm, owner, verb, operation, time, held -> false);
                }
            };
        }
    }

    @Breaks("a mark is on its step and on no other, over a restart, and can be set again")
    static final class LosesMarksOverARestart extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                private final Map<String, Map<Integer, JournalEntry.Mark>> inRam = new HashMap<>();

                @Override
                void restarted() {
                    inRam.clear();
                }

                @Override
                public void mark(String operation, int step, JournalEntry.Mark mark, Lease lease) {
                    sound.mark(operation, step, JournalEntry.Mark.PLANNED, lease);
                    inRam.computeIfAbsent(operation, none -> new HashMap<>()).put(step, mark);
                }

                @Override
                public List<JournalEntry> journal() {
                    return sound.journal().stream().map(this::marked).toList();
                }

                @Override
                public List<JournalEntry> journal(VmId vm) {
                    return sound.journal(vm).stream().map(this::marked).toList();
                }

                private JournalEntry marked(JournalEntry entry) {
                    List<JournalEntry.Step> steps = new ArrayList<>(entry.steps());
                    inRam.getOrDefault(entry.operation(), Map.of()).forEach((at, mark) -> {
                        JournalEntry.Step step = steps.get(at);
                        steps.set(at, new JournalEntry.Step(step.kind(), step.subject(), mark));
                    });
                    return new JournalEntry(
                            entry.operation(),
                            entry.vm(),
                            entry.verb(),
                            entry.actor(),
                            entry.node(),
                            entry.startedAt(),
                            entry.snapshots(),
                            entry.pointOfNoReturn(),
                            steps,
                            entry.facts());
                }
            };
        }
    }

    @Breaks({"open entries are read with the oldest first, of all VMs or of one", "an entry of every verb can be opened"
    })
    static final class ReadsTheJournalByName extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public List<JournalEntry> journal(VmId vm) {
                    return sound.journal(vm).stream()
                            .sorted(Comparator.comparing(JournalEntry::operation))
                            .toList();
                }
            };
        }
    }

    @Breaks("a configuration goes when its snapshot leaves the saved tree, and stays while it is changed")
    static final class KeepsConfigurationsForEver extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                private final Map<VmId, Map<SnapshotId, VmConfiguration>> kept = new HashMap<>();

                @Override
                public void saveConfiguration(SnapshotId snapshot, VmConfiguration configuration, Lease lease) {
                    sound.saveConfiguration(snapshot, configuration, lease);
                    kept.computeIfAbsent(lease.vm(), none -> new HashMap<>()).put(snapshot, configuration);
                }

                @Override
                public void forget(Lease lease) {
                    sound.forget(lease);
                    kept.remove(lease.vm());
                }

                @Override
                public Map<SnapshotId, VmConfiguration> configurations(VmId vm) {
                    return Map.copyOf(kept.getOrDefault(vm, Map.of()));
                }
            };
        }
    }

    @Breaks({
        "a request to cancel an operation stays as long as its lease, over a restart, and needs a lease",
        "a request to cancel an operation does not pass to the next holder of the lease"
    })
    static final class KeepsRequestsToCancel extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                private final Set<String> requests = new HashSet<>();

                @Override
                public boolean requestCancel(String operation) {
                    requests.add(operation);
                    return sound.requestCancel(operation);
                }

                @Override
                public Set<String> cancelRequests() {
                    return requests;
                }
            };
        }
    }

    @Breaks("the leases that are held are listed by VM, over a restart, and those that were given back are not")
    static final class ListsLeasesInNoOrder extends Broken {
        @Override
        StoreFront front(SnapshotStore sound) {
            return new StoreFront(sound) {
                @Override
                public List<Lease> leases() {
                    return sound.leases().stream()
                            .sorted(Comparator.comparing(Lease::vm).reversed())
                            .toList();
                }
            };
        }
    }
}
