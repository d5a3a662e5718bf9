package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StoreException;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A store in memory, for tests: what it holds lives as long as it does, also when it is closed in between. Thread-safe.
 */
public final class InMemoryStore implements SnapshotStore {
    private static final String ID = "in-memory-store";

    private final Faults faults;
    private final Leases leases;
    private final Map<VmId, VmRecord> records = new TreeMap<>();
    private final Set<VmId> damaged = ConcurrentHashMap.newKeySet();
    private final Map<VmId, Map<SnapshotId, VmConfiguration>> configurations = new LinkedHashMap<>();
    private final Map<String, SettingsTemplate> templates = new TreeMap<>();
    private final Map<String, JournalEntry> journal = new LinkedHashMap<>();
    private final String id = UUID.randomUUID().toString();

    /**
     * Makes one that stands alone; {@link Datacenter#store()} is one whose calls can go wrong.
     *
     * @param clock by which leases end
     */
    public InMemoryStore(Clock clock) {
        this(new Faults(() -> {}), clock);
    }

    InMemoryStore(Faults faults, Clock clock) {
        this.faults = faults;
        this.leases = new Leases(ID, clock);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Optional<VmRecord> find(VmId vm) {
        return ask(Faults.Point.STORE_FIND, vm, () -> {
            requireSound(vm);
            return Optional.ofNullable(records.get(vm));
        });
    }

    @Override
    public List<Stored> all() {
        return faults.ask(ID, Faults.Point.STORE_ALL, "", () -> records.values().stream()
                .map(this::stored)
                .toList());
    }

    @Override
    public VmRecord save(VmRecord record) {
        return ask(Faults.Point.STORE_SAVE, record.vm(), () -> put(record));
    }

    @Override
    public VmRecord save(VmRecord record, Lease lease) {
        requireSame(record.vm(), lease);
        return ask(Faults.Point.STORE_SAVE, record.vm(), () -> {
            leases.requireNewest(lease);
            return put(record);
        });
    }

    @Override
    public void forget(Lease lease) {
        run(Faults.Point.STORE_FORGET, lease, () -> {
            records.remove(lease.vm());
            damaged.remove(lease.vm());
            configurations.remove(lease.vm());
        });
    }

    @Override
    public void saveConfiguration(SnapshotId snapshot, VmConfiguration configuration, Lease lease) {
        run(Faults.Point.STORE_SAVE_CONFIGURATION, lease, () -> {
            boolean saved = Optional.ofNullable(records.get(lease.vm()))
                    .flatMap(record -> record.tree().find(snapshot))
                    .isPresent();
            if (!saved) {
                throw failure(Reason.MISSING, "the saved tree of " + lease.vm() + " has no snapshot " + snapshot);
            }
            configurations.computeIfAbsent(lease.vm(), vm -> new TreeMap<>()).put(snapshot, configuration);
        });
    }

    @Override
    public Map<SnapshotId, VmConfiguration> configurations(VmId vm) {
        return ask(Faults.Point.STORE_CONFIGURATIONS, vm, () -> Map.copyOf(configurations.getOrDefault(vm, Map.of())));
    }

    @Override
    public List<SettingsTemplate> templates() {
        return faults.ask(ID, Faults.Point.STORE_TEMPLATES, "", () -> List.copyOf(templates.values()));
    }

    @Override
    public void saveTemplate(SettingsTemplate template) {
        faults.run(
                ID, Faults.Point.STORE_SAVE_TEMPLATE, template.name(), () -> templates.put(template.name(), template));
    }

    @Override
    public boolean removeTemplate(String name) {
        return faults.ask(ID, Faults.Point.STORE_REMOVE_TEMPLATE, name, () -> {
            boolean used = records.values().stream()
                    .anyMatch(record -> record.template().filter(name::equals).isPresent());
            if (!used) {
                templates.remove(name);
            }
            return !used;
        });
    }

    @Override
    public Lease acquire(
            VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned) {
        return ask(Faults.Point.STORE_ACQUIRE, vm, () -> leases.acquire(vm, owner, verb, operation, time, abandoned));
    }

    @Override
    public Lease renew(Lease lease, Duration time) {
        return ask(Faults.Point.STORE_RENEW, lease.vm(), () -> leases.renew(lease, time));
    }

    @Override
    public Map<Lease, DriverException> renewAll(Collection<Lease> held, Duration time) {
        String vms = held.stream().map(lease -> lease.vm().value()).sorted().collect(Collectors.joining(","));
        return faults.ask(ID, Faults.Point.STORE_RENEW, vms, () -> leases.renewAll(held, time));
    }

    @Override
    public void release(Lease lease) {
        faults.run(ID, Faults.Point.STORE_RELEASE, lease.vm().value(), () -> leases.release(lease));
    }

    @Override
    public List<Lease> leases() {
        return faults.ask(ID, Faults.Point.STORE_LEASES, "", () -> leases.held()
                .sorted(Comparator.comparing(Lease::vm))
                .toList());
    }

    @Override
    public boolean requestCancel(String operation) {
        return faults.ask(ID, Faults.Point.STORE_REQUEST_CANCEL, operation, () -> leases.requestCancel(operation));
    }

    @Override
    public Set<String> cancelRequests() {
        return faults.ask(ID, Faults.Point.STORE_CANCEL_REQUESTS, "", leases::cancelRequests);
    }

    @Override
    public void open(JournalEntry entry, Lease lease) {
        requireSame(entry.vm(), lease);
        run(Faults.Point.STORE_OPEN, lease, () -> {
            if (journal.putIfAbsent(entry.operation(), entry) != null) {
                throw failure(Reason.CONFLICT, "operation " + entry.operation() + " is open already");
            }
        });
    }

    @Override
    public void mark(String operation, int step, JournalEntry.Mark mark, Lease lease) {
        run(Faults.Point.STORE_MARK, lease, () -> {
            JournalEntry entry = requireOpen(operation, lease);
            List<JournalEntry.Step> steps = new ArrayList<>(entry.steps());
            if (step < 0 || step >= steps.size()) {
                throw failure(Reason.MISSING, "operation " + operation + " has no step " + step);
            }
            JournalEntry.Step old = steps.get(step);
            steps.set(step, new JournalEntry.Step(old.kind(), old.subject(), mark));
            journal.put(operation, with(entry, steps, entry.facts()));
        });
    }

    @Override
    public void note(String operation, String key, String value, Lease lease) {
        run(Faults.Point.STORE_NOTE, lease, () -> {
            JournalEntry entry = requireOpen(operation, lease);
            Map<String, String> facts = new LinkedHashMap<>(entry.facts());
            facts.put(key, value);
            journal.put(operation, with(entry, entry.steps(), facts));
        });
    }

    @Override
    public void close(String operation, Lease lease) {
        run(Faults.Point.STORE_CLOSE, lease, () -> {
            findOpen(operation, lease).ifPresent(entry -> journal.remove(operation));
        });
    }

    @Override
    public List<JournalEntry> journal() {
        return faults.ask(ID, Faults.Point.STORE_JOURNAL, "", () -> entries().toList());
    }

    @Override
    public List<JournalEntry> journal(VmId vm) {
        return ask(Faults.Point.STORE_JOURNAL, vm, () -> entries()
                .filter(entry -> entry.vm().equals(vm))
                .toList());
    }

    @Override
    public void close() {}

    /**
     * Makes the record of a VM unreadable, as a bad disk or a hand in the database does.
     *
     * @param vm a VM that has a record
     */
    public void damage(VmId vm) {
        damaged.add(vm);
    }

    /**
     * Puts the record of a VM back as it was before {@link #damage}.
     *
     * @param vm the VM
     */
    public void putBack(VmId vm) {
        damaged.remove(vm);
    }

    private Stored stored(VmRecord record) {
        return damaged.contains(record.vm())
                ? new Damaged(Optional.of(record.vm()), record.vm().value(), why(record.vm()))
                : record;
    }

    private void requireSound(VmId vm) {
        if (damaged.contains(vm)) {
            throw new StoreException(ID, StoreException.Problem.RECORD_DAMAGED, why(vm));
        }
    }

    private static String why(VmId vm) {
        return "the store holds a record of VM " + vm + " that cannot be read: it was damaged by a test";
    }

    Set<SnapshotId> knownSnapshots() {
        return snapshots().map(Snapshot::id).collect(Collectors.toSet());
    }

    Set<VmId> vmsWithUnavailable() {
        return snapshots()
                .filter(snapshot -> snapshot.status() == Snapshot.Status.UNAVAILABLE)
                .map(Snapshot::vm)
                .collect(Collectors.toSet());
    }

    boolean hasSnapshots(VmId vm) {
        return snapshots().anyMatch(snapshot -> snapshot.vm().equals(vm));
    }

    Stream<String> leftovers() {
        Stream<String> open = entries().map(entry -> "the journal has an open " + entry.verb() + " of " + entry.vm());
        Stream<String> held = leases.held().map(lease -> "a lease on " + lease.vm() + " for " + lease.verb());
        return Stream.concat(open, held);
    }

    private VmRecord put(VmRecord record) {
        requireSound(record.vm());
        long stored = Optional.ofNullable(records.get(record.vm()))
                .map(VmRecord::revision)
                .orElse(0L);
        if (stored != record.revision()) {
            throw failure(
                    Reason.CONFLICT,
                    "the record of " + record.vm() + " is at revision " + stored + ", not " + record.revision());
        }
        VmRecord saved = record.withRevision(stored + 1);
        records.put(record.vm(), saved);
        Optional.ofNullable(configurations.get(record.vm())).ifPresent(kept -> kept.keySet()
                .removeIf(id -> saved.tree().find(id).isEmpty()));
        return saved;
    }

    private JournalEntry requireOpen(String operation, Lease lease) {
        return findOpen(operation, lease)
                .orElseThrow(
                        () -> failure(Reason.MISSING, "operation " + operation + " of " + lease.vm() + " is not open"));
    }

    private Optional<JournalEntry> findOpen(String operation, Lease lease) {
        return Optional.ofNullable(journal.get(operation))
                .filter(entry -> entry.vm().equals(lease.vm()));
    }

    private static void requireSame(VmId vm, Lease lease) {
        if (!vm.equals(lease.vm())) {
            throw new IllegalArgumentException("the lease is on " + lease.vm() + ", not on " + vm);
        }
    }

    private Stream<Snapshot> snapshots() {
        Collection<VmRecord> all = records.values();
        return all.stream().flatMap(record -> record.tree().snapshots().stream());
    }

    private Stream<JournalEntry> entries() {
        return journal.values().stream().sorted(Comparator.comparing(JournalEntry::startedAt));
    }

    private <T> T ask(Faults.Point point, VmId vm, Supplier<T> effect) {
        return faults.ask(ID, point, vm.value(), effect);
    }

    private void run(Faults.Point point, Lease lease, Runnable effect) {
        faults.run(ID, point, lease.vm().value(), () -> {
            leases.requireNewest(lease);
            effect.run();
        });
    }

    private static JournalEntry with(JournalEntry entry, List<JournalEntry.Step> steps, Map<String, String> facts) {
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
                facts);
    }

    private static DriverException failure(Reason reason, String message) {
        return new DriverException(ID, reason, message);
    }
}
