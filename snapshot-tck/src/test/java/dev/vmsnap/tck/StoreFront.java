package dev.vmsnap.tck;

import dev.vmsnap.DriverException;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/** Hands every call on to a sound store; what is broken overrides it. */
class StoreFront implements SnapshotStore {
    final SnapshotStore sound;

    StoreFront(SnapshotStore sound) {
        this.sound = sound;
    }

    /** What a broken store forgets when its process ends. */
    void restarted() {}

    @Override
    public String id() {
        return sound.id();
    }

    @Override
    public Optional<VmRecord> find(VmId vm) {
        return sound.find(vm);
    }

    @Override
    public List<Stored> all() {
        return sound.all();
    }

    @Override
    public List<Damaged> damaged() {
        return sound.damaged();
    }

    @Override
    public List<Damaged> damaged(VmId vm) {
        return sound.damaged(vm);
    }

    @Override
    public VmRecord save(VmRecord record) {
        return sound.save(record);
    }

    @Override
    public VmRecord save(VmRecord record, Lease lease) {
        return sound.save(record, lease);
    }

    @Override
    public void forget(Lease lease) {
        sound.forget(lease);
    }

    @Override
    public void saveConfiguration(SnapshotId snapshot, VmConfiguration configuration, Lease lease) {
        sound.saveConfiguration(snapshot, configuration, lease);
    }

    @Override
    public Map<SnapshotId, VmConfiguration> configurations(VmId vm) {
        return sound.configurations(vm);
    }

    @Override
    public List<SettingsTemplate> templates() {
        return sound.templates();
    }

    @Override
    public void saveTemplate(SettingsTemplate template) {
        sound.saveTemplate(template);
    }

    @Override
    public boolean removeTemplate(String name) {
        return sound.removeTemplate(name);
    }

    @Override
    public Lease acquire(
            VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned) {
        return sound.acquire(vm, owner, verb, operation, time, abandoned);
    }

    @Override
    public Lease renew(Lease lease, Duration time) {
        return sound.renew(lease, time);
    }

    @Override
    public Map<Lease, DriverException> renewAll(Collection<Lease> leases, Duration time) {
        return sound.renewAll(leases, time);
    }

    @Override
    public void release(Lease lease) {
        sound.release(lease);
    }

    @Override
    public List<Lease> leases() {
        return sound.leases();
    }

    @Override
    public boolean requestCancel(String operation) {
        return sound.requestCancel(operation);
    }

    @Override
    public Set<String> cancelRequests() {
        return sound.cancelRequests();
    }

    @Override
    public void open(JournalEntry entry, Lease lease) {
        sound.open(entry, lease);
    }

    @Override
    public void mark(String operation, int step, JournalEntry.Mark mark, Lease lease) {
        sound.mark(operation, step, mark, lease);
    }

    @Override
    public void note(String operation, String key, String value, Lease lease) {
        sound.note(operation, key, value, lease);
    }

    @Override
    public void close(String operation, Lease lease) {
        sound.close(operation, lease);
    }

    @Override
    public List<JournalEntry> journal() {
        return sound.journal();
    }

    @Override
    public List<JournalEntry> journal(VmId vm) {
        return sound.journal(vm);
    }

    @Override
    public void close() {
        sound.close();
    }
}
