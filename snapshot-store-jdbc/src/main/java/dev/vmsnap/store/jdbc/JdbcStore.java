package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Keeps trees, settings, leases and the journal in a relational database. Thread-safe; several processes of one machine
 * may use one database. What a method has returned from outlives the process and a power failure.
 *
 * <p>A failure of the database is a {@link dev.vmsnap.StoreException} that says what is wrong with it. Writes under a lease
 * wait up to two minutes for other processes that write, others 20 seconds; renewals of leases go ahead of all other writes
 * of this process. A file {@code -reserve} beside the database keeps some space for the time when the file system is full.
 * After {@link #close()} every method throws {@link IllegalStateException}. {@code docs/store-format.md} tells what is in
 * the database.
 */
public final class JdbcStore implements SnapshotStore {
    private static final Comparator<Stored> BY_VM = Comparator.comparing(
                    (Stored stored) -> vm(stored).isEmpty())
            .thenComparing(stored -> vm(stored).map(VmId::value).orElse(""));

    private final Connections connections;
    private final Dialect dialect;
    private final Clock clock;

    JdbcStore(Dialect dialect, Clock clock) {
        this(dialect, clock, new Schema(Migrations.ALL));
    }

    JdbcStore(Dialect dialect, Clock clock, Schema schema) {
        this.dialect = dialect;
        this.clock = clock;
        this.connections = new Connections(dialect, schema);
        dialect.keepRoom();
    }

    /**
     * Opens an SQLite database with the system's clock, as {@link #sqlite(Path, Clock)} does.
     *
     * @param file the database
     * @return the store
     */
    public static JdbcStore sqlite(Path file) {
        return sqlite(file, Clock.systemUTC());
    }

    /**
     * Opens an SQLite database, makes it when there is none, and brings an older one up to the present schema. The
     * database and the two files beside it ({@code -wal}, {@code -shm}) are readable by their owner only, and so is its
     * directory when it is made.
     *
     * @param file the database, on a disk of this machine: network file systems are refused
     * @param clock tells when leases end; all processes that share the database must agree on the time
     * @return the store
     * @throws DriverException if the database cannot be opened
     */
    public static JdbcStore sqlite(Path file, Clock clock) {
        SqliteFile database = SqliteFile.prepare(file);
        JdbcStore store = new JdbcStore(new Sqlite(database), clock);
        try {
            database.keepToOwner();
        } catch (DriverException failed) {
            store.close();
            throw failed;
        }
        return store;
    }

    @Override
    public String id() {
        List<String> known = connections.read(Identity::find);
        return known.isEmpty() ? connections.write(Identity::make) : known.get(0);
    }

    @Override
    public Optional<VmRecord> find(VmId vm) {
        return connections.read(transaction -> VmRows.find(transaction, vm));
    }

    @Override
    public List<Stored> all() {
        return connections.read(transaction -> {
            Damages damages = new Damages();
            List<VmRecord> records = VmRows.all(transaction, damages);
            return Stream.<Stored>concat(records.stream(), damages.ofVms().stream())
                    .sorted(BY_VM)
                    .toList();
        });
    }

    @Override
    public List<Damaged> damaged() {
        return connections.read(transaction -> {
            Damages ofVms = new Damages();
            VmRows.all(transaction, ofVms);
            Leases.examine(transaction, ofVms);
            Journal.all(transaction, ofVms);
            Damages ofTemplates = new Damages();
            Choices.templates(transaction, ofTemplates);
            return Stream.concat(ofVms.ofVms().stream(), ofTemplates.ofOthers().stream())
                    .toList();
        });
    }

    @Override
    public List<Damaged> damaged(VmId vm) {
        return connections.read(transaction -> {
            Damages damages = new Damages();
            VmRows.find(transaction, damages, vm);
            Leases.examine(transaction, damages, vm);
            Journal.of(transaction, damages, vm);
            return damages.ofVms();
        });
    }

    @Override
    public Optional<VmId> owner(SnapshotId snapshot) {
        return connections.read(transaction -> SnapshotRows.owner(transaction, snapshot));
    }

    @Override
    public VmRecord save(VmRecord record) {
        return connections.write(transaction -> VmRows.save(transaction, record));
    }

    @Override
    public VmRecord save(VmRecord record, Lease lease) {
        requireSame(record.vm(), lease);
        return connections.writeLeased(transaction -> {
            Leases.require(transaction, lease);
            return VmRows.save(transaction, record);
        });
    }

    @Override
    public void forget(Lease lease) {
        write(lease, transaction -> VmRows.forget(transaction, lease.vm()));
    }

    @Override
    public void saveConfiguration(SnapshotId snapshot, VmConfiguration configuration, Lease lease) {
        write(lease, transaction -> ConfigurationRows.save(transaction, lease.vm(), snapshot, configuration));
    }

    @Override
    public Map<SnapshotId, VmConfiguration> configurations(VmId vm) {
        return connections.read(transaction -> ConfigurationRows.all(transaction, vm));
    }

    @Override
    public List<SettingsTemplate> templates() {
        return connections.read(transaction -> Choices.templates(transaction, new Damages()));
    }

    @Override
    public void saveTemplate(SettingsTemplate template) {
        write(transaction -> Choices.save(transaction, template));
    }

    @Override
    public boolean removeTemplate(String name) {
        return connections.write(transaction -> Choices.remove(transaction, name));
    }

    @Override
    public Lease acquire(
            VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned) {
        Leases.Request request = new Leases.Request(vm, owner, verb, operation, time);
        Optional<Lease> judged = Optional.empty();
        while (true) {
            Optional<Lease> dead = judged;
            Lease inForce = connections.write(transaction -> Leases.take(transaction, request, dead, clock.instant()));
            if (request.isFor(inForce)) {
                return inForce;
            }
            if (!abandoned.test(inForce)) {
                return othersLease(inForce, operation);
            }
            judged = Optional.of(inForce);
        }
    }

    @Override
    public Lease renew(Lease lease, Duration time) {
        return connections.writeFirst(transaction -> Leases.renew(transaction, lease, time, clock.instant()));
    }

    @Override
    public Map<Lease, DriverException> renewAll(Collection<Lease> leases, Duration time) {
        return leases.isEmpty()
                ? Map.of()
                : connections.writeFirst(transaction -> Leases.renewAll(transaction, leases, time, clock.instant()));
    }

    @Override
    public void release(Lease lease) {
        write(transaction -> Leases.release(transaction, lease));
        dialect.keepRoom();
    }

    @Override
    public List<Lease> leases() {
        return connections.read(Leases::all);
    }

    @Override
    public boolean requestCancel(String operation) {
        return connections.write(transaction -> Leases.requestCancel(transaction, operation));
    }

    @Override
    public Set<String> cancelRequests() {
        return connections.read(Leases::cancelRequests);
    }

    @Override
    public void open(JournalEntry entry, Lease lease) {
        requireSame(entry.vm(), lease);
        write(lease, transaction -> Journal.open(transaction, entry));
    }

    @Override
    public void mark(String operation, int step, JournalEntry.Mark mark, Lease lease) {
        write(lease, transaction -> Journal.mark(transaction, lease.vm(), operation, step, mark));
    }

    @Override
    public void note(String operation, String key, String value, Lease lease) {
        write(lease, transaction -> Journal.note(transaction, lease.vm(), operation, key, value));
    }

    @Override
    public void close(String operation, Lease lease) {
        write(lease, transaction -> Journal.close(transaction, lease.vm(), operation));
    }

    @Override
    public List<JournalEntry> journal() {
        return connections.read(transaction -> Journal.all(transaction, new Damages()));
    }

    @Override
    public List<JournalEntry> journal(VmId vm) {
        return connections.read(transaction -> Journal.of(transaction, vm));
    }

    @Override
    public void close() {
        connections.close();
        dialect.keepRoom();
    }

    private static Optional<VmId> vm(Stored stored) {
        return stored instanceof Damaged damaged ? damaged.vm() : stored.sound().map(VmRecord::vm);
    }

    /** What is written without an answer. */
    private interface Change {
        void make(Transaction transaction) throws SQLException;
    }

    private void write(Change change) {
        connections.write(transaction -> {
            change.make(transaction);
            return true;
        });
    }

    private void write(Lease lease, Change change) {
        connections.writeLeased(transaction -> {
            Leases.require(transaction, lease);
            change.make(transaction);
            return true;
        });
    }

    /** Whoever asked tells by the operation whose lease it is, so two owners must not use one id. */
    private Lease othersLease(Lease lease, String operation) {
        if (lease.operation().equals(operation)) {
            throw new DriverException(
                    dialect.id(),
                    Reason.IN_USE,
                    "operation " + operation + " on VM " + lease.vm() + " is another process's: " + lease.owner());
        }
        return lease;
    }

    private static void requireSame(VmId vm, Lease lease) {
        if (!lease.vm().equals(vm)) {
            throw new IllegalArgumentException("the lease on VM " + lease.vm() + " says nothing of VM " + vm);
        }
    }
}
