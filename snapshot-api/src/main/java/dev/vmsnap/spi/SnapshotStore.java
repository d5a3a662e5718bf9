package dev.vmsnap.spi;

import dev.vmsnap.DriverException;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StoreException;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Where trees, settings, leases and the journal are kept: the only truth about snapshots.
 *
 * <p>Thread-safe. What a method has returned from is on durable storage, unless the implementation is documented to be
 * for tests. Every failure is a {@link dev.vmsnap.DriverException}: {@code CONFLICT} when somebody else saved the record
 * meanwhile, {@code LEASE_LOST} when the lease is no longer the VM's newest or was released, {@code MISSING} when what is
 * to be changed is not there; and a {@link dev.vmsnap.StoreException} when the store itself failed. The store is then as
 * before.
 *
 * <p>What cannot be read of one VM is that VM's trouble: methods that read one VM fail with {@code RECORD_DAMAGED} for it,
 * methods that read all VMs return the others.
 */
public interface SnapshotStore extends AutoCloseable {

    /** The entry of the store for one VM: a {@link VmRecord}, or {@link Damaged} if that cannot be read. */
    sealed interface Stored permits VmRecord, Damaged {
        /**
         * Returns the record.
         *
         * @return the record, or empty if it is damaged
         */
        default Optional<VmRecord> sound() {
            return this instanceof VmRecord record ? Optional.of(record) : Optional.empty();
        }
    }

    /**
     * Something that the store keeps and that cannot be read.
     *
     * @param vm the VM that it belongs to; empty if it belongs to none, or if the VM's id is what cannot be read
     * @param subject the VM's id, or the template's name, as far as it can be read
     * @param why what cannot be read and why, for people
     */
    record Damaged(Optional<VmId> vm, String subject, String why) implements Stored {}

    /**
     * Returns the id of what is kept here. It was made at random when the records began and stays with them wherever they
     * are moved; no two stores have the same one.
     *
     * @return 8 to 40 lower-case letters, digits and {@code -}
     */
    String id();

    /**
     * Reads the record of a VM.
     *
     * @param vm which
     * @return the record, or empty when none was saved
     * @throws dev.vmsnap.StoreException {@code RECORD_DAMAGED} if it was saved and cannot be read
     */
    Optional<VmRecord> find(VmId vm);

    /**
     * Reads all records. One that is damaged keeps no other from being read.
     *
     * @return one entry for each VM, ordered by VM; damaged ones whose VM is not known last
     */
    List<Stored> all();

    /**
     * Reads what is damaged: records, and also leases, journal entries and settings templates.
     *
     * @return what cannot be read; empty if all is sound
     */
    default List<Damaged> damaged() {
        return all().stream()
                .filter(Damaged.class::isInstance)
                .map(Damaged.class::cast)
                .toList();
    }

    /**
     * Reads what is damaged of one VM.
     *
     * @param vm the VM
     * @return what cannot be read; empty if all of it is sound
     */
    default List<Damaged> damaged(VmId vm) {
        return damaged().stream()
                .filter(one -> one.vm().equals(Optional.of(vm)))
                .toList();
    }

    /**
     * Finds the VM whose saved tree has a snapshot.
     *
     * @param snapshot which
     * @return the VM, or empty if no tree has it
     */
    default Optional<VmId> owner(SnapshotId snapshot) {
        return all().stream()
                .flatMap(stored -> stored.sound().stream())
                .filter(record -> record.tree().find(snapshot).isPresent())
                .map(VmRecord::vm)
                .findFirst();
    }

    /**
     * Saves a record if nobody has saved it since it was read: the stored revision must equal
     * {@link VmRecord#revision()}, 0 standing for "none".
     *
     * @param record what to save
     * @return the record with its new revision
     */
    VmRecord save(VmRecord record);

    /**
     * Saves a record as {@link #save(VmRecord)} does, if the lease is still the VM's newest.
     *
     * @param record what to save
     * @param lease under which it is saved
     * @return the record with its new revision
     */
    VmRecord save(VmRecord record, Lease lease);

    /**
     * Forgets the record of a VM and the configurations of its snapshots. "None there" is success.
     *
     * @param lease of that VM
     */
    void forget(Lease lease);

    /**
     * Keeps the configuration of a snapshot. It goes when the snapshot leaves the VM's saved tree; a snapshot that is not
     * in the saved tree cannot have one: {@code MISSING}.
     *
     * @param snapshot which
     * @param configuration what to keep; holds secrets
     * @param lease of its VM
     */
    void saveConfiguration(SnapshotId snapshot, VmConfiguration configuration, Lease lease);

    /**
     * Reads the configurations of a VM's snapshots.
     *
     * @param vm the VM
     * @return by snapshot; those that have none are not keys
     */
    Map<SnapshotId, VmConfiguration> configurations(VmId vm);

    /**
     * Reads all settings templates that can be read.
     *
     * @return the templates, ordered by name
     */
    List<SettingsTemplate> templates();

    /**
     * Saves a settings template in place of one of the same name.
     *
     * @param template what to save
     */
    void saveTemplate(SettingsTemplate template);

    /**
     * Removes a settings template, unless the saved record of a VM is assigned to it. "None there" is success. Whether a
     * VM is assigned is decided in the same instant.
     *
     * @param name the template's name
     * @return false if a VM is assigned to it and nothing was removed
     */
    boolean removeTemplate(String name);

    /**
     * Acquires the lease on a VM. One that is free, that has ended, or whose holder is abandoned passes to the new owner
     * with the next epoch.
     *
     * @param vm the VM
     * @param owner as in {@link Lease#owner()}
     * @param verb what it is wanted for
     * @param operation the operation's id
     * @param time how long it lasts unless it is renewed
     * @param abandoned tells whether the holder of a lease that has not ended is known to be dead
     * @return the lease now in force: the new one when its {@code operation} is the one asked for, else the other
     *     holder's
     */
    Lease acquire(VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned);

    /**
     * Prolongs a lease, also one that has ended if nobody has acquired it since.
     *
     * @param lease which
     * @param time how long it lasts from now
     * @return the prolonged lease
     */
    Lease renew(Lease lease, Duration time);

    /**
     * Prolongs several leases as {@link #renew} does, all in one transaction where the store has transactions. A lease that
     * cannot be renewed keeps no other one from being renewed. If the method fails, some of them may have been renewed.
     *
     * @param leases which
     * @param time how long they last from now
     * @return the failure of each lease that was not renewed; empty if all were
     * @throws dev.vmsnap.StoreException if the store itself failed
     */
    default Map<Lease, DriverException> renewAll(Collection<Lease> leases, Duration time) {
        Map<Lease, DriverException> failures = new HashMap<>();
        for (Lease lease : leases) {
            try {
                renew(lease, time);
            } catch (DriverException failure) {
                if (failure instanceof StoreException store
                        && store.problem() != StoreException.Problem.RECORD_DAMAGED) {
                    throw failure;
                }
                failures.put(lease, failure);
            }
        }
        return failures;
    }

    /**
     * Gives a lease back. "No longer held" is success.
     *
     * @param lease which
     */
    void release(Lease lease);

    /**
     * Reads the leases that were not given back, also those that have ended; those that cannot be read are left out.
     *
     * @return the leases, ordered by VM
     */
    List<Lease> leases();

    /**
     * Records that an operation is to be cancelled. Any process may ask; the request goes with the operation's lease.
     *
     * @param operation which operation
     * @return false if no lease is held for it
     */
    boolean requestCancel(String operation);

    /**
     * Reads which operations are to be cancelled.
     *
     * @return the ids of those that hold a lease
     */
    Set<String> cancelRequests();

    /**
     * Opens a journal entry; {@code CONFLICT} when its operation is open already.
     *
     * @param entry with every step planned
     * @param lease of its VM
     */
    void open(JournalEntry entry, Lease lease);

    /**
     * Marks one step of an open entry; {@code MISSING} when there is no such entry of that VM or no such step.
     *
     * @param operation which entry
     * @param step the step's index, from 0
     * @param mark how far it got
     * @param lease of the entry's VM
     */
    void mark(String operation, int step, JournalEntry.Mark mark, Lease lease);

    /**
     * Adds a fact to an open entry, in place of one under the same key; {@code MISSING} when there is no such entry of
     * that VM.
     *
     * @param operation which entry
     * @param key the fact's key
     * @param value the fact
     * @param lease of the entry's VM
     */
    void note(String operation, String key, String value, Lease lease);

    /**
     * Closes an entry and forgets it. "Not open" is success.
     *
     * @param operation which entry
     * @param lease of the entry's VM
     */
    void close(String operation, Lease lease);

    /**
     * Reads all open entries that can be read.
     *
     * @return the entries, the oldest first
     */
    List<JournalEntry> journal();

    /**
     * Reads the open entries of one VM.
     *
     * @param vm the VM
     * @return the entries, the oldest first
     */
    List<JournalEntry> journal(VmId vm);

    /** Lets go of everything that is open. Idempotent. */
    @Override
    void close();
}
