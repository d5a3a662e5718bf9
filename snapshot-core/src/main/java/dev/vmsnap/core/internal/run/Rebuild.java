package dev.vmsnap.core.internal.run;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.RebuildRule;
import dev.vmsnap.core.internal.rules.RecordMerge;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Succession;
import dev.vmsnap.core.internal.rules.Surroundings;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the records of a VM again from the copies beside its disks. It needs no journal: until the record is saved nothing
 * but the marks of a store on parts has changed, and asking again completes what is missing.
 */
final class Rebuild {
    private static final Logger LOG = LoggerFactory.getLogger(Rebuild.class);
    private static final int ATTEMPTS = 20;
    private static final int MOST_STORES = 16;

    private final Wiring wiring;
    private final Survey survey;
    private final Leases leases;
    private final Dispatcher dispatcher;
    private final Events events;
    private final PublishedRecords manifests;

    Rebuild(Wiring wiring, Survey survey, Leases leases, Dispatcher dispatcher, Events events) {
        this.wiring = wiring;
        this.survey = survey;
        this.leases = leases;
        this.dispatcher = dispatcher;
        this.events = events;
        this.manifests = new PublishedRecords(wiring);
    }

    Rebuilt preview(VmId vm, Actor actor) {
        return report(draft(vm, actor));
    }

    Rebuilt run(VmId vm, Actor actor) {
        Lease lease = dispatcher.acquire(vm, Verb.REBUILD, wiring.operationIds().get());
        try {
            dispatcher.settled(lease, false);
            for (int attempt = 1; ; attempt++) {
                Draft draft = draft(vm, actor);
                try {
                    if (draft.isChange()) {
                        apply(draft, lease);
                        events.tell(
                                actor,
                                vm,
                                Verb.REBUILD,
                                Phase.FINISHED,
                                lease.operation(),
                                draft.result().added(),
                                draft.result().added().size() + " snapshots were added");
                    } else {
                        // The copies may be gone, though the store knows everything.
                        draft.seen()
                                .chosen()
                                .ifPresent(at -> publish(draft.seen().record(), at, leases.tenure(lease)));
                    }
                    return report(draft);
                } catch (DriverException e) {
                    // Settings are changed without a lease.
                    if (e.reason() != DriverException.Reason.CONFLICT || attempt == ATTEMPTS) {
                        throw e;
                    }
                }
            }
        } finally {
            leases.release(lease);
        }
    }

    /**
     * The result of a rebuild before it is written.
     *
     * @param seen the VM and its record before
     * @param result the record after
     * @param notices of the copies that could not be read
     */
    private record Draft(Situation seen, RecordMerge.Result result, List<Notice> notices) {
        boolean isChange() {
            return isNewRecord() || !result.succession().stores().isEmpty();
        }

        boolean isNewRecord() {
            return !result.record().equals(seen.record())
                    || !result.configurations().isEmpty();
        }
    }

    private static Rebuilt report(Draft draft) {
        return new Rebuilt(
                draft.result().record().tree(),
                draft.result().added(),
                draft.isChange(),
                Stream.concat(draft.notices().stream(), draft.result().notices().stream())
                        .toList());
    }

    /** Changes nothing. Only disks that the VM has are inspected: a path out of a copy is never opened. */
    private Draft draft(VmId vm, Actor actor) {
        Situation located = survey.forRebuild(vm);
        RebuildRule.judge(located, actor).orThrow();
        Sighting at = located.chosen().orElseThrow();
        List<Volume> disks = Participation.unmarked(located.claims()).volumes();
        Set<RecordsCopy> copies = new LinkedHashSet<>();
        List<Notice> notices = new ArrayList<>();
        Set<String> marks = new HashSet<>();
        SnapshotStore store = wiring.store();
        manifests.byStorage(disks).forEach((storage, volumes) -> {
            RecordsCopy.Found found = manifests.published(storage, volumes, at);
            copies.addAll(found.copies());
            marks.addAll(found.stores());
            found.unreadable()
                    .forEach(place -> notices.add(new Notice(
                            Notice.Code.COPY_REFUSED,
                            "The copy of the records in " + place + " cannot be read.",
                            Map.of("copies", "1", "place", place))));
        });
        Map<String, VolumeStates> states = new LinkedHashMap<>();
        states.put(store.id(), located.states());
        Stream.concat(copies.stream().flatMap(copy -> copy.store().stream()), marks.stream())
                .distinct()
                .sorted()
                .limit(MOST_STORES)
                .forEach(other -> states.computeIfAbsent(other, id -> manifests.inspect(disks, at, id)));
        RebuildRule.inspected(states.values()).orThrow();
        Situation seen = located.with(new Surroundings(List.of(), owners(located, copies, states), Map.of()));
        return new Draft(
                seen,
                RecordMerge.of(
                        seen,
                        store.id(),
                        store.configurations(vm).keySet(),
                        copies.stream()
                                .map(copy -> new RecordMerge.Source(
                                        copy, states.getOrDefault(copy.store().orElse(store.id()), located.states())))
                                .toList(),
                        states),
                notices);
    }

    /** The other VMs of the store that have snapshots which a copy names, or which are on the disks. */
    private Map<SnapshotId, VmId> owners(Situation located, Set<RecordsCopy> copies, Map<String, VolumeStates> states) {
        Map<SnapshotId, VmId> owners = new LinkedHashMap<>();
        Stream.concat(
                        copies.stream()
                                .flatMap(copy -> copy.record().tree().snapshots().stream())
                                .map(Snapshot::id),
                        states.values().stream()
                                .flatMap(VolumeStates::all)
                                .flatMap(state -> state.asSeen().stream())
                                .flatMap(state -> state.snapshots().keySet().stream()))
                .distinct()
                .filter(id -> located.record().tree().find(id).isEmpty())
                .forEach(id -> wiring.store().owner(id).ifPresent(vm -> owners.put(id, vm)));
        return owners;
    }

    private void apply(Draft draft, Lease lease) {
        Sighting at = draft.seen().chosen().orElseThrow();
        Tenure tenure = leases.tenure(lease);
        RecordMerge.Result result = draft.result();
        List<Volume> disks = Participation.unmarked(draft.seen().claims()).volumes();
        manifests.byStorage(disks).forEach((storage, volumes) -> {
            if (tenure.storage(storage) instanceof StorageDriver.Rebuilding driver) {
                result.taken()
                        .forEach((from, snapshots) ->
                                driver.takeOver(volumes, from, snapshots, tenure.call(at.vm(), at.node())));
            }
        });
        VmRecord saved =
                draft.isNewRecord() ? saved(result, lease) : draft.seen().record();
        Set<String> failed = publish(saved, at, tenure);
        supersede(result.succession(), saved, disks, failed, at, tenure);
    }

    private VmRecord saved(RecordMerge.Result result, Lease lease) {
        VmRecord saved = wiring.store().save(result.record(), lease);
        result.configurations()
                .forEach((id, configuration) -> wiring.store().saveConfiguration(id, configuration, lease));
        // The copy that was merged may then go.
        while (saved.revision() < result.ahead()) {
            saved = wiring.store().save(saved, lease);
        }
        return saved;
    }

    /** Returns the storages on which the copy was not written. */
    private Set<String> publish(VmRecord record, Sighting at, Tenure tenure) {
        List<Volume> volumes = Survey.volumes(
                record, record.tree().snapshots().stream().map(Snapshot::id).toList());
        Set<String> failed = new HashSet<>();
        Survey.byStorage(volumes).forEach((storage, owned) -> attempt("written", record, storage, () -> tenure.storage(
                                storage)
                        .publish(owned, Publication.of(wiring, record), Set.of(), tenure.call(at.vm(), at.node())))
                .ifPresent(failed::add));
        return failed;
    }

    /** The copies of stores that are lost go where this store's own is in place. */
    private void supersede(
            Succession succession,
            VmRecord record,
            List<Volume> disks,
            Set<String> failed,
            Sighting at,
            Tenure tenure) {
        if (succession.stores().isEmpty()) {
            return;
        }
        manifests.byStorage(disks).forEach((storage, volumes) -> {
            if (!failed.contains(storage) && tenure.storage(storage) instanceof StorageDriver.Rebuilding driver) {
                attempt(
                        "replaced",
                        record,
                        storage,
                        () -> driver.supersede(
                                volumes,
                                Publication.of(wiring, record),
                                succession.stores(),
                                succession.gone(),
                                tenure.call(at.vm(), at.node())));
            }
        });
    }

    /** Returns the storage if the work on its manifest failed; a later rebuild does it. */
    private static Optional<String> attempt(String work, VmRecord record, String storage, Runnable call) {
        try {
            call.run();
            return Optional.empty();
        } catch (SnapshotException e) {
            LOG.warn("VM {}: the manifest on {} was not {}: {}", record.vm(), storage, work, e.getMessage(), e);
            return Optional.of(storage);
        }
    }
}
