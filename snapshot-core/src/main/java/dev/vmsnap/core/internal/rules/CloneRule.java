package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** When the library itself can copy disks. */
public final class CloneRule {
    private CloneRule() {}

    /**
     * Returns the volumes that are copied: of the snapshot, or those that the next snapshot would take.
     *
     * @param situation what is known
     * @param intent what is asked
     * @return in the order of the VM's disks; empty when the snapshot is not there
     */
    public static List<Volume> volumes(Situation situation, Intent.Clone intent) {
        List<Volume> all = intent.snapshot().isPresent()
                ? situation
                        .record()
                        .tree()
                        .find(intent.snapshot().get())
                        .map(Snapshot::volumes)
                        .orElse(List.of())
                : Participation.unmarked(situation.claims()).volumes();
        return all.stream()
                .filter(volume -> intent.destinations().containsKey(volume.target()))
                .toList();
    }

    static Verdict copies(Situation situation, Intent.Clone intent) {
        return Findings.all(
                PresenceRule.needed(situation),
                situation
                        .chosen()
                        .map(seen -> copiesOn(situation, seen.vm(), intent))
                        .orElse(Findings.NONE));
    }

    private static Verdict copiesOn(Situation situation, VmDescription vm, Intent.Clone intent) {
        List<Volume> volumes = volumes(situation, intent);
        return Findings.all(
                intent.snapshot().isPresent() ? ofSnapshot(situation, intent) : ofPresent(situation, vm, volumes),
                VolumeRule.driven(situation, volumes),
                able(situation, volumes),
                known(situation, intent, volumes),
                distinct(intent),
                Findings.refused(situation.destinations()));
    }

    private static Verdict ofSnapshot(Situation situation, Intent.Clone intent) {
        return Findings.all(
                SnapshotRule.exists(situation, intent.snapshot().orElseThrow()),
                situation
                        .record()
                        .tree()
                        .find(intent.snapshot().get())
                        .map(snapshot -> Findings.all(
                                SnapshotRule.available(snapshot),
                                snapshot.status() == Snapshot.Status.AVAILABLE
                                        ? Findings.all(
                                                SnapshotRule.parts(situation, copied(snapshot, intent)),
                                                SnapshotRule.sameChain(situation, copied(snapshot, intent)))
                                        : Findings.NONE))
                        .orElse(Findings.NONE));
    }

    /** The snapshot with the disks that are copied. */
    private static Snapshot copied(Snapshot snapshot, Intent.Clone intent) {
        return snapshot.withVolumes(snapshot.volumes().stream()
                .filter(volume -> intent.destinations().containsKey(volume.target()))
                .toList());
    }

    private static Verdict ofPresent(Situation situation, VmDescription vm, List<Volume> volumes) {
        return Findings.all(
                PowerRule.create(situation, vm),
                CutRule.copy(situation, vm, volumes),
                VolumeRule.inspected(situation, volumes, Verb.CREATE),
                SpaceRule.create(situation, vm, volumes, false));
    }

    private static Verdict able(Situation situation, List<Volume> volumes) {
        return Findings.refused(volumes.stream()
                .filter(volume -> situation.traits().containsKey(volume.storage())
                        && !situation.traitsOf(volume.storage()).contains(Trait.CLONE))
                .map(volume -> new Refusal(
                        Refusal.Code.CLONE_UNSUPPORTED,
                        "Storage driver " + volume.storage() + " of disk " + volume.target() + " cannot copy volumes.",
                        "Copy the disk by other means while the VM is off.",
                        Map.of("disk", volume.target(), "driver", volume.storage())))
                .toList());
    }

    /** A disk that somebody wants copied and that is not there, or cannot be part of a snapshot. */
    private static Verdict known(Situation situation, Intent.Clone intent, List<Volume> volumes) {
        List<Refusal> found = new ArrayList<>();
        for (String target : intent.destinations().keySet().stream().sorted().toList()) {
            if (volumes.stream().noneMatch(volume -> volume.target().equals(target))) {
                found.add(situation.claims().stream()
                        .filter(claim -> claim.disk().target().equals(target))
                        .findFirst()
                        .flatMap(Participation::refusal)
                        .orElseGet(() -> Participation.unknown(target)));
            }
        }
        return Findings.refused(found);
    }

    private static Verdict distinct(Intent.Clone intent) {
        Map<String, String> seen = new HashMap<>();
        List<Refusal> found = new ArrayList<>();
        intent.destinations().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(one -> {
                    String other = seen.putIfAbsent(one.getValue(), one.getKey());
                    if (other != null) {
                        found.add(new Refusal(
                                Refusal.Code.DESTINATION_INVALID,
                                "The copies of disk " + other + " and disk " + one.getKey() + " would both be "
                                        + one.getValue() + ".",
                                "Give each copy a place of its own.",
                                Map.of("disk", one.getKey(), "destination", one.getValue())));
                    }
                });
        return Findings.refused(found);
    }
}
