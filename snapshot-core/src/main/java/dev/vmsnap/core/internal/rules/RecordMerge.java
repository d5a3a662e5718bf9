package dev.vmsnap.core.internal.rules;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes the records of one VM from what the store knows, the copies beside the disks, and the parts on them. A copy is
 * believed as far as the parts prove it, and never against the store, unless it is a newer copy of the same store.
 */
public final class RecordMerge {
    /** By how many revisions a copy may be ahead of its own store and still count as newer. */
    public static final long MOST_AHEAD = 200;

    private static final Comparator<Source> HIGHEST_FIRST = Comparator.comparing(
                    (Source source) -> source.copy().record().revision(), Comparator.reverseOrder())
            .thenComparing(source -> source.copy().written(), Comparator.reverseOrder())
            .thenComparing(Source::store);

    private final Situation seen;
    private final String store;
    private final Map<String, VolumeStates> views;
    private final List<Source> sources;
    private final Map<Volume.Key, Volume> disks;
    private final List<Notice> notices = new ArrayList<>();
    private final Set<SnapshotId> added = new LinkedHashSet<>();
    private final Map<String, Set<SnapshotId>> taken = new LinkedHashMap<>();

    private RecordMerge(Situation seen, String store, Map<String, VolumeStates> views, Collection<Source> sources) {
        this.seen = seen;
        this.store = store;
        this.views = views;
        this.sources = sources.stream().sorted(HIGHEST_FIRST).toList();
        this.disks = Participation.unmarked(seen.claims()).volumes().stream()
                .collect(Collectors.toMap(Volume::key, disk -> disk, (first, second) -> first));
    }

    /**
     * A copy of the records.
     *
     * @param copy the copy
     * @param states the states of the VM's disks as the store of the copy would see them
     */
    public record Source(RecordsCopy copy, VolumeStates states) {
        String store() {
            return copy.store().orElse("");
        }
    }

    /**
     * The records as they can be made.
     *
     * @param record the record, with the revision that the store has it in
     * @param configurations of the snapshots for which the store has none
     * @param added the snapshots that the store did not know
     * @param taken the snapshots that another store has made, by its id
     * @param ahead up to which revision a copy of the same store goes; the record must pass it
     * @param succession the stores whose copies can go, because the records have taken all of them in
     * @param notices what a person should know
     */
    public record Result(
            VmRecord record,
            Map<SnapshotId, VmConfiguration> configurations,
            List<SnapshotId> added,
            Map<String, Set<SnapshotId>> taken,
            long ahead,
            Succession succession,
            List<Notice> notices) {}

    /**
     * Makes the records.
     *
     * @param seen the record, the VM's disks, their states, and the VMs of snapshots that the store keeps for others
     * @param store the id of the store
     * @param configured the snapshots whose configuration the store has
     * @param sources the copies of any store, in any order
     * @param views the states of the VM's disks as each store would see them that has a copy or parts there, by its id
     * @return the records; equal to those of the store if there is nothing to add
     */
    public static Result of(
            Situation seen,
            String store,
            Set<SnapshotId> configured,
            Collection<Source> sources,
            Map<String, VolumeStates> views) {
        RecordMerge merge = new RecordMerge(
                seen,
                store,
                views,
                sources.stream()
                        .filter(source ->
                                source.copy().record().vm().equals(seen.record().vm())
                                        && RebuildRule.isSound(source.copy()))
                        .toList());
        if (merge.sources.size() < sources.size()) {
            merge.notice(
                    Notice.Code.COPY_REFUSED,
                    (sources.size() - merge.sources.size())
                            + " copies of the records hold texts or times that vmsnap never writes; they are left alone.",
                    Map.of("copies", Integer.toString(sources.size() - merge.sources.size())));
        }
        return merge.result(configured);
    }

    private Result result(Set<SnapshotId> configured) {
        Optional<RecordsCopy> newer = newer();
        SnapshotTree tree = newer.map(this::relabelled).orElse(seen.record().tree());
        Optional<Source> newest = sources.stream()
                .max(Comparator.comparing((Source source) -> source.copy().written())
                        .thenComparing(HIGHEST_FIRST.reversed()));
        for (Source source : sources) {
            tree = grown(tree, source, newest.filter(source::equals).isPresent());
        }
        tellOfStores();
        tellOfOrphans(tree);
        VmRecord record = settled(current(tree, newer), newer);
        return new Result(
                record,
                configurations(record.tree(), configured),
                List.copyOf(added),
                taken,
                newer.map(copy -> copy.record().revision()).orElse(0L),
                Succession.of(seen, record, store, sources, views),
                notices);
    }

    /** The copy of the same store that knows more than the store, which was put back from a backup. */
    private Optional<RecordsCopy> newer() {
        long known = seen.record().revision();
        return sources.stream()
                .filter(source -> source.store().equals(store))
                .map(Source::copy)
                .filter(copy ->
                        copy.record().revision() > known && copy.record().revision() - MOST_AHEAD <= known)
                .findFirst();
    }

    private SnapshotTree relabelled(RecordsCopy copy) {
        SnapshotTree tree = seen.record().tree();
        for (Snapshot snapshot : copy.record().tree().snapshots()) {
            Optional<Snapshot> known = tree.find(snapshot.id());
            if (known.isPresent()) {
                tree = tree.replace(known.get().withLabels(snapshot.labels()));
            }
        }
        return tree;
    }

    /** Adds what a copy knows more; parents come before children, so that no two copies can make a circle. */
    private SnapshotTree grown(SnapshotTree known, Source source, boolean isNewest) {
        SnapshotTree tree = known;
        SnapshotTree copied = source.copy().record().tree();
        for (Snapshot root : copied.roots()) {
            for (Snapshot snapshot : copied.subtree(root.id())) {
                Optional<Snapshot> proved = tree.find(snapshot.id()).isPresent() || isDeleted(snapshot.id(), source)
                        ? Optional.empty()
                        : proved(snapshot, source, isNewest);
                if (proved.isPresent()) {
                    SnapshotTree parents = tree;
                    tree = tree.grow(proved.get()
                            .withParent(copied.pathTo(snapshot.id()).stream()
                                    .map(Snapshot::id)
                                    .filter(id -> parents.find(id).isPresent())
                                    .reduce((above, below) -> below)));
                    added.add(snapshot.id());
                    take(proved.get(), source);
                }
            }
        }
        return tree;
    }

    private boolean isDeleted(SnapshotId id, Source source) {
        return seen.surroundings().owners().containsKey(id)
                || seen.record().leftovers().stream()
                        .anyMatch(left -> left.snapshot().equals(id))
                || sources.stream()
                        .filter(other -> other.store().equals(source.store())
                                && other.copy().record().revision()
                                        >= source.copy().record().revision())
                        .flatMap(other -> other.copy().record().leftovers().stream())
                        .anyMatch(left -> left.snapshot().equals(id));
    }

    /** The snapshot as its parts prove it; empty if it is none of this VM's, or was deleted. */
    private Optional<Snapshot> proved(Snapshot snapshot, Source source, boolean isNewest) {
        List<Volume> strangers = snapshot.volumes().stream()
                .filter(volume -> !disks.containsKey(volume.key()))
                .toList();
        if (!strangers.isEmpty() || snapshot.volumes().isEmpty()) {
            notice(
                    Notice.Code.SNAPSHOT_NOT_REBUILT,
                    Words.theSnapshot(snapshot) + " is not rebuilt: it has "
                            + (strangers.isEmpty()
                                    ? "no disk"
                                    : "a disk that the VM does not have, "
                                            + strangers.get(0).target() + " ("
                                            + strangers.get(0).source() + "); attach that disk and rebuild again")
                            + ".",
                    Map.of("snapshot", snapshot.id().value()));
            return Optional.empty();
        }
        Snapshot ours = snapshot.withVolumes(
                snapshot.volumes().stream().map(this::asAttached).toList());
        List<VolumeState> states = ours.volumes().stream()
                .map(volume -> state(volume, ours, source))
                .toList();
        boolean nothingLeft = states.stream()
                .noneMatch(state ->
                        state.asSeen().flatMap(there -> there.part(ours.id())).isPresent());
        return nothingLeft && !isNewest ? Optional.empty() : Optional.of(status(ours, Wholeness.flaw(ours, states)));
    }

    /** Format and kind are what the VM's configuration states, never what a copy does. */
    private Volume asAttached(Volume volume) {
        Volume disk = disks.getOrDefault(volume.key(), volume);
        return new Volume(
                volume.target(),
                disk.source(),
                disk.format(),
                disk.kind(),
                disk.storage(),
                volume.virtualBytes(),
                volume.location(),
                volume.chain());
    }

    /** The state of a disk in which the part is there; some storage shows each store its own parts only. */
    private VolumeState state(Volume volume, Snapshot snapshot, Source source) {
        boolean theirs = seen.states().part(volume, snapshot).isEmpty()
                && source.states().part(volume, snapshot).isPresent();
        return (theirs ? source.states() : seen.states()).of(volume).orElseThrow();
    }

    private static Snapshot status(Snapshot snapshot, Optional<Snapshot.Reason> flaw) {
        boolean complete = snapshot.receipt().isPresent();
        return switch (snapshot.status()) {
            case CREATING -> snapshot.unavailable(Snapshot.Reason.INTERRUPTED);
            case DELETING -> snapshot.unavailable(Snapshot.Reason.HALF_DELETED);
            case AVAILABLE, RESTORING ->
                flaw.map(snapshot::unavailable)
                        .orElseGet(() -> complete
                                ? snapshot.withStatus(Snapshot.Status.AVAILABLE)
                                : snapshot.unavailable(Snapshot.Reason.INTERRUPTED));
            case UNAVAILABLE ->
                complete && Wholeness.isCurable(snapshot) && flaw.isEmpty()
                        ? snapshot.withStatus(Snapshot.Status.AVAILABLE)
                        : snapshot;
        };
    }

    private void take(Snapshot snapshot, Source source) {
        boolean theirs = snapshot.volumes().stream()
                .anyMatch(volume -> seen.states().part(volume, snapshot).isEmpty()
                        && source.states().part(volume, snapshot).isPresent());
        if (theirs && !source.store().isEmpty() && !source.store().equals(store)) {
            taken.computeIfAbsent(source.store(), none -> new TreeSet<>()).add(snapshot.id());
        }
    }

    /** The marker of the store stays if it has one, unless a newer copy of it is there. */
    private SnapshotTree current(SnapshotTree tree, Optional<RecordsCopy> newer) {
        Optional<SnapshotTree> copied = newer.or(() -> seen.record().tree().isEmpty()
                        ? sources.stream().map(Source::copy).findFirst()
                        : Optional.empty())
                .map(copy -> copy.record().tree());
        return copied.map(from -> tree.moveCurrent(from.current().flatMap(at -> from.pathTo(at).stream()
                        .map(Snapshot::id)
                        .filter(id -> tree.find(id).isPresent())
                        .reduce((above, below) -> below))))
                .orElse(tree);
    }

    private VmRecord settled(SnapshotTree tree, Optional<RecordsCopy> newer) {
        VmRecord record = seen.record().withTree(tree);
        boolean open = record.template().isEmpty() && record.choice().equals(SettingsChoice.open());
        Optional<VmRecord> from = newer.map(RecordsCopy::record)
                .or(() -> open && !added.isEmpty()
                        ? sources.stream().map(source -> source.copy().record()).findFirst()
                        : Optional.empty());
        VmRecord chosen = from.map(other -> record.withSettings(other.template(), other.choice()))
                .orElse(record);
        return chosen.equals(seen.record())
                ? chosen
                : seen.chosen()
                        .map(at -> chosen.seen(at.vm().name(), at.node()))
                        .orElse(chosen);
    }

    private Map<SnapshotId, VmConfiguration> configurations(SnapshotTree tree, Set<SnapshotId> configured) {
        Map<SnapshotId, VmConfiguration> all = new LinkedHashMap<>();
        for (Source source : sources) {
            source.copy().configurations().forEach((id, configuration) -> {
                if (tree.find(id).isPresent() && !configured.contains(id)) {
                    all.putIfAbsent(id, configuration);
                }
            });
        }
        return all;
    }

    private void tellOfStores() {
        Set<String> others = sources.stream()
                .map(Source::store)
                .filter(other -> !other.isEmpty() && !other.equals(store))
                .collect(Collectors.toCollection(TreeSet::new));
        if (!others.isEmpty()) {
            notice(
                    Notice.Code.OTHER_STORE,
                    "Records of another store (" + String.join(", ", others) + ") were read"
                            + (others.size() > 1 ? "; of each snapshot the highest revision counts" : "")
                            + ". If that store is in use, both now know the same snapshots: use one of them only.",
                    Map.of("stores", String.join(", ", others)));
        }
    }

    /** Without a record nobody knows which parts belong together, and they may be another store's. */
    private void tellOfOrphans(SnapshotTree tree) {
        Set<SnapshotId> orphans = Stream.concat(Stream.of(seen.states()), views.values().stream())
                .flatMap(states -> UnknownSnapshots.of(seen, states).stream())
                .filter(id -> tree.find(id).isEmpty())
                .collect(Collectors.toCollection(TreeSet::new));
        if (!orphans.isEmpty()) {
            notice(
                    Notice.Code.UNKNOWN_SNAPSHOTS,
                    "The disks hold snapshots of vmsnap that no copy of the records names ("
                            + orphans.stream().map(SnapshotId::value).collect(Collectors.joining(", "))
                            + "); they are left alone.",
                    Map.of("snapshots", orphans.stream().map(SnapshotId::value).collect(Collectors.joining(", "))));
        }
    }

    private void notice(Notice.Code code, String message, Map<String, String> data) {
        notices.add(new Notice(code, message, data));
    }
}
