package dev.vmsnap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of one VM as a forest, with the marker of where the VM's present state descends from ("you are here").
 * Immutable; one that exists is sound: every parent is there, there is no cycle, ids are unique, every snapshot is the
 * VM's, and the marker points at one of them or at none.
 */
public final class SnapshotTree {
    private static final Comparator<Snapshot> BY_AGE =
            Comparator.comparing(Snapshot::createdAt).thenComparing(Snapshot::id);

    private final VmId vm;
    private final List<Snapshot> snapshots;
    private final Map<SnapshotId, Snapshot> byId;
    private final Optional<SnapshotId> current;

    private SnapshotTree(VmId vm, Collection<Snapshot> snapshots, Optional<SnapshotId> current) {
        this.vm = vm;
        this.snapshots = snapshots.stream().sorted(BY_AGE).toList();
        this.byId = index(vm, this.snapshots);
        this.current = current;
        current.ifPresent(this::get);
        requireAcyclic();
    }

    /**
     * Returns the tree of a VM without snapshots.
     *
     * @param vm the VM
     * @return the empty tree
     */
    public static SnapshotTree empty(VmId vm) {
        return new SnapshotTree(vm, List.of(), Optional.empty());
    }

    /**
     * Returns the tree of those snapshots.
     *
     * @param vm the VM that all of them belong to
     * @param snapshots in any order
     * @param current the snapshot that the VM's present state descends from, if any
     * @return the tree
     * @throws IllegalArgumentException if they do not make a sound tree
     */
    public static SnapshotTree of(VmId vm, Collection<Snapshot> snapshots, Optional<SnapshotId> current) {
        return new SnapshotTree(vm, snapshots, current);
    }

    /**
     * Returns the VM whose tree this is.
     *
     * @return the VM
     */
    public VmId vm() {
        return vm;
    }

    /**
     * Returns all snapshots, the oldest first.
     *
     * @return an immutable list
     */
    public List<Snapshot> snapshots() {
        return snapshots;
    }

    /**
     * Returns the snapshot that the VM's present state descends from.
     *
     * @return the "you are here" marker; empty when the VM descends from none
     */
    public Optional<SnapshotId> current() {
        return current;
    }

    /**
     * Tells whether there is no snapshot.
     *
     * @return true for the empty tree
     */
    public boolean isEmpty() {
        return snapshots.isEmpty();
    }

    /**
     * Returns how many snapshots there are, whatever their status.
     *
     * @return at least 0
     */
    public int size() {
        return snapshots.size();
    }

    /**
     * Looks a snapshot up.
     *
     * @param id which
     * @return the snapshot, or empty
     */
    public Optional<Snapshot> find(SnapshotId id) {
        return Optional.ofNullable(byId.get(id));
    }

    /**
     * Returns the snapshots without a parent, the oldest first.
     *
     * @return an immutable list
     */
    public List<Snapshot> roots() {
        return snapshots.stream().filter(s -> s.parent().isEmpty()).toList();
    }

    /**
     * Returns the children of a snapshot, the oldest first.
     *
     * @param id which
     * @return an immutable list, empty for a leaf or an unknown id
     */
    public List<Snapshot> childrenOf(SnapshotId id) {
        return snapshots.stream()
                .filter(s -> s.parent().filter(id::equals).isPresent())
                .toList();
    }

    /**
     * Returns a snapshot and everything below it, parents before children.
     *
     * @param id the top of the subtree
     * @return an immutable list, empty for an unknown id
     */
    public List<Snapshot> subtree(SnapshotId id) {
        List<Snapshot> found = new ArrayList<>();
        find(id).ifPresent(found::add);
        for (int i = 0; i < found.size(); i++) {
            found.addAll(childrenOf(found.get(i).id()));
        }
        return List.copyOf(found);
    }

    /**
     * Returns the way from a root down to a snapshot.
     *
     * @param id the end of the way
     * @return an immutable list, the root first; empty for an unknown id
     */
    public List<Snapshot> pathTo(SnapshotId id) {
        List<Snapshot> path = new ArrayList<>();
        find(id).ifPresent(snapshot -> {
            path.addAll(ancestors(snapshot));
            path.add(0, snapshot);
        });
        Collections.reverse(path);
        return List.copyOf(path);
    }

    /**
     * Returns this tree with one more snapshot; the marker stays.
     *
     * @param snapshot with a parent that is in this tree, or none
     * @return the grown tree
     * @throws IllegalArgumentException if the tree would not be sound
     */
    public SnapshotTree grow(Snapshot snapshot) {
        List<Snapshot> next = new ArrayList<>(snapshots);
        next.add(snapshot);
        return new SnapshotTree(vm, next, current);
    }

    /**
     * Returns this tree with one snapshot changed.
     *
     * @param snapshot takes the place of the one with its id
     * @return the changed tree
     * @throws IllegalArgumentException if that id is not here or the tree would not be sound
     */
    public SnapshotTree replace(Snapshot snapshot) {
        return replaceAll(List.of(snapshot));
    }

    /**
     * Returns this tree with some snapshots changed. The tree is built and checked once, however many they are.
     *
     * @param changed each takes the place of the one with its id; may be empty
     * @return the changed tree
     * @throws IllegalArgumentException if one of their ids is not here or the tree would not be sound
     */
    public SnapshotTree replaceAll(Collection<Snapshot> changed) {
        Map<SnapshotId, Snapshot> next = new HashMap<>(byId);
        for (Snapshot snapshot : changed) {
            get(snapshot.id());
            next.put(snapshot.id(), snapshot);
        }
        return changed.isEmpty() ? this : new SnapshotTree(vm, next.values(), current);
    }

    /**
     * Returns this tree without some snapshots. Their children move up to the nearest ancestor that stays, and so does
     * the marker.
     *
     * @param ids which; ids that are not here are passed over
     * @return the pruned tree
     */
    public SnapshotTree prune(Collection<SnapshotId> ids) {
        Set<SnapshotId> gone = new HashSet<>(ids);
        List<Snapshot> next = snapshots.stream()
                .filter(s -> !gone.contains(s.id()))
                .map(s -> s.withParent(nearest(s.parent(), gone)))
                .toList();
        return new SnapshotTree(vm, next, nearest(current, gone));
    }

    /**
     * Returns this tree with the marker elsewhere.
     *
     * @param id where the VM's state descends from now; empty for nowhere
     * @return the changed tree
     * @throws IllegalArgumentException if that id is not here
     */
    public SnapshotTree moveCurrent(Optional<SnapshotId> id) {
        return new SnapshotTree(vm, snapshots, id);
    }

    private Optional<SnapshotId> nearest(Optional<SnapshotId> from, Set<SnapshotId> gone) {
        Optional<SnapshotId> at = from;
        while (at.isPresent() && gone.contains(at.get())) {
            at = get(at.get()).parent();
        }
        return at;
    }

    /** Walks up from each snapshot to one whose ancestors are checked already, so that each parent is visited once. */
    private void requireAcyclic() {
        Set<SnapshotId> checked = new HashSet<>();
        for (Snapshot snapshot : snapshots) {
            Set<SnapshotId> path = new HashSet<>();
            Optional<SnapshotId> at = Optional.of(snapshot.id());
            while (at.isPresent() && !checked.contains(at.get())) {
                if (!path.add(at.get())) {
                    throw new IllegalArgumentException("snapshot " + at.get() + " is its own ancestor");
                }
                at = get(at.get()).parent();
            }
            checked.addAll(path);
        }
    }

    private List<Snapshot> ancestors(Snapshot snapshot) {
        List<Snapshot> found = new ArrayList<>();
        for (Optional<SnapshotId> at = snapshot.parent();
                at.isPresent();
                at = get(at.get()).parent()) {
            found.add(get(at.get()));
        }
        return found;
    }

    private Snapshot get(SnapshotId id) {
        return find(id).orElseThrow(() -> new IllegalArgumentException("VM " + vm + " has no snapshot " + id));
    }

    private static Map<SnapshotId, Snapshot> index(VmId vm, List<Snapshot> snapshots) {
        Map<SnapshotId, Snapshot> map = new HashMap<>();
        for (Snapshot snapshot : snapshots) {
            if (!snapshot.vm().equals(vm)) {
                throw new IllegalArgumentException(
                        "snapshot " + snapshot.id() + " belongs to VM " + snapshot.vm() + ", not " + vm);
            }
            if (map.put(snapshot.id(), snapshot) != null) {
                throw new IllegalArgumentException("two snapshots with the id " + snapshot.id());
            }
        }
        return Map.copyOf(map);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SnapshotTree that
                && vm.equals(that.vm)
                && snapshots.equals(that.snapshots)
                && current.equals(that.current);
    }

    @Override
    public int hashCode() {
        return Objects.hash(vm, snapshots, current);
    }

    @Override
    public String toString() {
        return "SnapshotTree[" + vm + ", " + snapshots.size() + " snapshots, current "
                + current.map(SnapshotId::value).orElse("none") + "]";
    }
}
