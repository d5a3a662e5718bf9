package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleConsumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One operation at work on one VM under a lease: what its steps share. Made from the journal entry alone, so that a
 * later process can go on where this one died. Used by one thread.
 */
final class Work {
    private static final int SAVE_ATTEMPTS = 20;

    private final Wiring wiring;
    private final Consumer<String> answering;
    private final Leases leases;
    private final JournalEntry entry;
    private final Tenure tenure;
    private final BooleanSupplier cancelled;
    private volatile boolean toTheEnd;
    private final boolean afterCrash;
    private final List<String> notes = new ArrayList<>();
    private final Map<String, String> remembered = new HashMap<>();

    private DoubleConsumer progress = f -> {};
    private @Nullable VmRecord record;
    private boolean answered;
    private @Nullable VmDescription description;
    private Optional<Snapshot> fresh = Optional.empty();
    private Optional<Snapshot.Reason> fate = Optional.empty();
    private Duration pause = Duration.ZERO;
    private Duration freeze = Duration.ZERO;
    private VolumeStates seenParts = VolumeStates.NONE;
    private @Nullable HoldGuard guard;
    private String ramTarget = "";
    private long savedRam;
    private Optional<Duration> downtime = Optional.of(Duration.ZERO);
    private long stoppedAt;
    private long heldAt;
    private long frozenAt;

    private Work(
            Wiring wiring,
            Leases leases,
            JournalEntry entry,
            Lease lease,
            BooleanSupplier cancelled,
            boolean afterCrash,
            Consumer<String> answering) {
        this.wiring = wiring;
        this.answering = answering;
        this.leases = leases;
        this.entry = entry;
        this.tenure = leases.tenure(lease);
        this.cancelled = cancelled;
        this.afterCrash = afterCrash;
    }

    static Work fresh(Wiring wiring, Leases leases, JournalEntry entry, Lease lease, BooleanSupplier cancelled) {
        return new Work(wiring, leases, entry, lease, cancelled, false, node -> {});
    }

    /** Work that an earlier process began: it can be done later as well, so its node has to answer first. */
    static Work recovered(Wiring wiring, NodeQueries nodes, Leases leases, JournalEntry entry, Lease lease) {
        return new Work(wiring, leases, entry, lease, () -> false, true, nodes::requireAnswer);
    }

    Wiring wiring() {
        return wiring;
    }

    /** Where leases on other VMs come from. */
    Leases leases() {
        return leases;
    }

    JournalEntry entry() {
        return entry;
    }

    Lease lease() {
        return tenure.lease();
    }

    /** The right to change something. */
    Tenure tenure() {
        return tenure;
    }

    VmId vm() {
        return entry.vm();
    }

    /** Whether an earlier process died in it, so that commands may have been killed half-way. */
    boolean afterCrash() {
        return afterCrash;
    }

    /** From now on nobody can cancel: what is undone, or lies behind the point of no return, goes to its end. */
    void goToTheEnd() {
        toTheEnd = true;
    }

    boolean isCancelled() {
        return !toTheEnd && cancelled.getAsBoolean();
    }

    /** The snapshot that a create is about to record; only the process that was asked has it. */
    Optional<Snapshot> fresh() {
        return fresh;
    }

    void fresh(Snapshot snapshot) {
        fresh = Optional.of(snapshot);
    }

    /** What becomes of the record when a create is undone: empty for "it goes". */
    Optional<Snapshot.Reason> fate() {
        return fate;
    }

    void fate(Snapshot.Reason reason) {
        fate = Optional.of(reason);
    }

    List<String> notes() {
        return notes;
    }

    void note(String sentence) {
        notes.add(sentence);
    }

    void progressTo(DoubleConsumer sink) {
        progress = sink;
    }

    HypervisorDriver hypervisor() {
        requireAnswer();
        return tenure.node(entry.node());
    }

    /** A recovery can be repeated later, so its node has to answer once before the engine waits for it. */
    private void requireAnswer() {
        if (!answered) {
            answering.accept(entry.node());
            answered = true;
        }
    }

    /** A role of the hypervisor; a plan only has steps for roles that are there. */
    <R> R role(Class<R> role) {
        return role(role, hypervisor());
    }

    /** A role that lets the guest go. */
    <R> R roleToLetGo(Class<R> role) {
        requireAnswer();
        return role(role, tenure.nodeToLetGo(entry.node()));
    }

    private <R> R role(Class<R> role, HypervisorDriver hypervisor) {
        if (!role.isInstance(hypervisor)) {
            throw new DriverException(
                    hypervisor.id(),
                    DriverException.Reason.BROKEN,
                    "The hypervisor of node " + entry.node() + " lacks " + role.getSimpleName() + ".");
        }
        return role.cast(hypervisor);
    }

    /** Whether there is a driver for a storage: one that was removed is away. */
    boolean hasStorage(String id) {
        return wiring.storages().containsKey(id);
    }

    StorageDriver storage(String id) {
        return tenure.storage(id);
    }

    /** The VM as it is now; one that is gone is off and has no disks. */
    VmDescription description() {
        VmDescription known = description;
        if (known == null) {
            requireAnswer();
            known = wiring.node(entry.node()).find(vm()).orElseGet(() -> VmDescription.gone(vm(), record().name()));
            description = known;
        }
        return known;
    }

    void description(VmDescription seen) {
        description = seen;
    }

    /** Adds a fact to the journal that a later process will need. */
    void remember(String key, String value) {
        wiring.store().note(entry.operation(), key, value, lease());
        remembered.put(key, value);
    }

    Optional<String> remembered(String key) {
        return Optional.ofNullable(remembered.get(key))
                .or(() -> Optional.ofNullable(entry.facts().get(key)));
    }

    /** Says that the VM is no longer as it was seen. */
    void changed() {
        description = null;
    }

    PowerState powerBefore() {
        return PowerState.valueOf(entry.facts().getOrDefault(Facts.POWER, PowerState.OFF.name()));
    }

    Call call() {
        return call(hypervisor());
    }

    /** A call on another node than the one the operation began on. */
    Call call(HypervisorDriver node) {
        return tenure.call(description(), node, progress, this::isCancelled);
    }

    VmRecord record() {
        VmRecord known = record;
        if (known == null) {
            known = wiring.store().find(vm()).orElseGet(() -> VmRecord.of(vm()));
            record = known;
        }
        return known;
    }

    SnapshotTree tree() {
        return record().tree();
    }

    /** The one snapshot that a create or restore is about, as the store has it. */
    Optional<Snapshot> snapshot() {
        return tree().find(entry.snapshots().get(0));
    }

    /** Returns the states of the new snapshot's parts, as the storages reported them. */
    VolumeStates seenParts() {
        return seenParts;
    }

    void seenParts(VolumeStates states) {
        seenParts = states;
    }

    Snapshot snapshot(SnapshotId id) {
        return tree().find(id)
                .orElseThrow(() -> new DriverException(
                        "store", DriverException.Reason.MISSING, "The store has lost snapshot " + id + "."));
    }

    /** Saves a changed tree; what somebody else changed of the record meanwhile (settings) stays. */
    void change(UnaryOperator<SnapshotTree> change) {
        save(known -> {
            VmRecord next = known.withTree(change.apply(known.tree()));
            String name = entry.facts().getOrDefault(Facts.NAME, next.name());
            return entry.node().isEmpty() ? next : next.seen(name, entry.node());
        });
    }

    /** Says that another node has the VM from now on, and where its disks are there. */
    void movedTo(String node, UnaryOperator<SnapshotTree> change) {
        save(known -> known.withTree(change.apply(known.tree())).seen(known.name(), node));
    }

    /** Of a VM that is deleted only what is left behind stays. */
    void forgetSettings() {
        save(known -> known.withSettings(Optional.empty(), SettingsChoice.open()));
    }

    /** Remembers parts that could not be deleted; each once. */
    void leave(List<VmRecord.Leftover> parts) {
        save(known -> {
            Map<String, VmRecord.Leftover> all = new LinkedHashMap<>();
            Stream.concat(known.leftovers().stream(), parts.stream())
                    .forEach(left ->
                            all.put(left.snapshot() + " " + left.volume().key(), left));
            return known.withLeftovers(List.copyOf(all.values()));
        });
    }

    private void save(UnaryOperator<VmRecord> change) {
        for (int attempt = 1; ; attempt++) {
            try {
                record = wiring.store().save(change.apply(record()), lease());
                return;
            } catch (DriverException e) {
                record = null;
                if (e.reason() != DriverException.Reason.CONFLICT || attempt == SAVE_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    void guard(HoldGuard watching) {
        guard = watching;
    }

    /** Ends the watch over the hold; true when the guest had to be let go. */
    boolean endGuard() {
        return guard != null && guard.end();
    }

    void holdBegins() {
        heldAt = System.nanoTime();
    }

    void holdEnds() {
        if (heldAt != 0) {
            pause = pause.plusNanos(System.nanoTime() - heldAt);
            heldAt = 0;
        }
    }

    void pausedFor(Duration time) {
        pause = pause.plus(time);
    }

    Duration pause() {
        return pause;
    }

    void guestStops() {
        stoppedAt = System.nanoTime();
    }

    void guestContinues() {
        if (stoppedAt != 0) {
            downtime = Optional.of(Duration.ofNanos(System.nanoTime() - stoppedAt));
            stoppedAt = 0;
        }
    }

    /** How long the guest did not run, so far; empty if another process began this. */
    Optional<Duration> downtime() {
        return afterCrash
                ? Optional.empty()
                : stoppedAt == 0 ? downtime : Optional.of(Duration.ofNanos(System.nanoTime() - stoppedAt));
    }

    /** Where RAM is written, once its place is open. */
    String ramTarget() {
        return ramTarget;
    }

    void ramTarget(String path) {
        ramTarget = path;
    }

    /** How many bytes of RAM were written beside the volumes. */
    long savedRam() {
        return savedRam;
    }

    void savedRam(long bytes) {
        savedRam = bytes;
    }

    void freezeBegins() {
        frozenAt = System.nanoTime();
    }

    void freezeEnds() {
        if (frozenAt != 0) {
            freeze = freeze.plusNanos(System.nanoTime() - frozenAt);
            frozenAt = 0;
        }
    }

    /** The guest is not frozen, and that it was does not count. */
    void forgetFreeze() {
        freeze = Duration.ZERO;
        frozenAt = 0;
    }

    /** Whether this process has frozen the guest, or is about to, and has not thawed it. */
    boolean isFrozen() {
        return frozenAt != 0;
    }

    Duration freeze() {
        return freeze;
    }
}
