package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One volume of a VM and everything that belongs to it, as one look saw it.
 *
 * @param path the volume
 * @param here the volume under its name
 * @param away the volume under the name that a restore has given it
 * @param restoring the restore that the volume is in the middle of
 * @param parts its parts of our snapshots, by snapshot
 * @param fresh what unfinished restores would have put in its place
 * @param ram places for RAM beside it, by snapshot
 * @param foreign names of snapshots of it that are not ours, and of what only looks like ours
 * @param others snapshots of it that this store has made for another VM, or when the volume had another name
 */
record Subject(
        LvPath path,
        Optional<Lv> here,
        Optional<Lv> away,
        Optional<SnapshotId> restoring,
        Map<SnapshotId, Lv> parts,
        List<Lv> fresh,
        Map<SnapshotId, Lv> ram,
        List<String> foreign,
        List<Lv> others) {

    /**
     * Finds what belongs to a volume.
     *
     * @param path the volume
     * @param report what was seen
     * @param owner whose it is
     * @return the subject
     */
    static Subject of(LvPath path, Report report, Owner owner) {
        Optional<Lv> away = Optional.empty();
        Map<SnapshotId, Lv> parts = new LinkedHashMap<>();
        List<Lv> fresh = new ArrayList<>();
        Map<SnapshotId, Lv> ram = new LinkedHashMap<>();
        List<String> foreign = new ArrayList<>();
        List<Lv> others = new ArrayList<>();
        for (Lv lv : report.in(path.group())) {
            Optional<Names.Meaning> meaning =
                    Names.read(lv.path().name()).filter(said -> said.isOf(path) && lv.isOwnedBy(owner));
            if (meaning.isEmpty()) {
                if (isOfTheStore(lv, owner) && descends(lv, path)) {
                    others.add(lv);
                } else if (looksLikeOne(lv, path)) {
                    foreign.add(lv.path().name());
                }
                continue;
            }
            SnapshotId id = meaning.get().id();
            switch (meaning.get().kind()) {
                case PART -> parts.put(id, lv);
                case FRESH -> fresh.add(lv);
                case RAM -> ram.put(id, lv);
                case AWAY -> away = Optional.of(lv);
                case COPY -> foreign.add(lv.path().name());
            }
        }
        Optional<Lv> here = report.find(path);
        Optional<SnapshotId> restoring = (away.isPresent() ? away : here)
                .filter(lv -> lv.isOwnedBy(owner))
                .flatMap(Lv::restoring)
                .map(Lv.Restoring::id);
        return new Subject(path, here, away, restoring, parts, fresh, ram, foreign, others);
    }

    private static boolean looksLikeOne(Lv lv, LvPath path) {
        Optional<Names.Meaning> meaning = Names.read(lv.path().name());
        boolean named = meaning.filter(said -> said.isOf(path)).isPresent();
        return named || descends(lv, path);
    }

    private static boolean descends(Lv lv, LvPath path) {
        return lv.origin().equals(path.name())
                && (lv.isThickSnapshot() || lv.isThin())
                && !lv.path().equals(path);
    }

    private static boolean isOfTheStore(Lv lv, Owner owner) {
        return Names.read(lv.path().name()).isPresent()
                && lv.owner()
                        .filter(other -> other.store().equals(owner.store()))
                        .isPresent();
    }

    /** The volume, whatever it is called at the moment. */
    Optional<Lv> disk() {
        return here.isPresent() ? here : away;
    }

    /** Whether neither the volume nor anything of ours that belongs to it is there. */
    boolean isNowhere() {
        return disk().isEmpty() && parts.isEmpty() && fresh.isEmpty() && ram.isEmpty();
    }

    /** Its part of a snapshot that must be there. */
    Lv part(SnapshotId id) {
        Lv part = parts.get(id);
        if (part == null) {
            throw LvmFailure.of(Reason.MISSING, path + " has no part of snapshot " + id);
        }
        return part;
    }

    /** The volume under its name, where it must be. */
    Lv volume() {
        return here.orElseThrow(() -> LvmFailure.of(Reason.MISSING, "there is no volume " + path));
    }

    /** The snapshot whose restore has not come to an end that anything could be built on. */
    Optional<SnapshotId> unfinished() {
        if (here.isEmpty()) {
            return away.flatMap(lv -> Names.read(lv.path().name())).map(Names.Meaning::id);
        }
        return restoring.filter(id -> !parts.containsKey(id) || here.get().isMerging());
    }

    boolean isThin() {
        return disk().or(() -> fresh.stream().findFirst()).filter(Lv::isThin).isPresent();
    }

    /** What an unfinished restore would have put in the volume's place. */
    Optional<Lv> successor() {
        Optional<SnapshotId> id =
                away.flatMap(lv -> Names.read(lv.path().name())).map(Names.Meaning::id);
        return fresh.stream()
                .filter(lv -> id.isEmpty()
                        || Names.read(lv.path().name()).map(Names.Meaning::id).equals(id))
                .findFirst();
    }

    /** Whether thick snapshots hang on a thin volume, which LVM would remove together with it. */
    boolean isThinOrigin() {
        return here.filter(lv -> lv.isThin() && lv.isThickOrigin()).isPresent();
    }

    /** What interrupted work has left and nothing uses. */
    List<Lv> leftovers() {
        List<Lv> all = new ArrayList<>();
        if (here.isPresent()) {
            all.addAll(fresh);
            away.filter(Lv::isThin).ifPresent(all::add);
        }
        return all;
    }

    /** Tags of ours on the volume, which has them only while a restore is on. */
    static List<String> marks(Lv volume) {
        return volume.tags().stream().filter(tag -> tag.startsWith("vmsnap")).toList();
    }
}
