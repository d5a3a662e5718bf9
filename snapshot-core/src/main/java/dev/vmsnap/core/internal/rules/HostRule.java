package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Snapshot.Status;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What a host may do with a VM that has snapshots; without snapshots it may do anything. */
final class HostRule {
    private static final Set<StorageKind> PORTABLE = EnumSet.of(StorageKind.FILE, StorageKind.NETWORK_LVM);

    private HostRule() {}

    static Verdict reconfigure(Situation situation, Intent.Reconfigure intent) {
        String what = String.join(", ", new TreeSet<>(intent.what()));
        return locked(
                situation,
                Refusal.Code.CONFIGURATION_LOCKED,
                what.isEmpty() ? "its configuration is locked" : "its configuration is locked: " + what,
                "Delete the VM's snapshots first, or change a clone of it.",
                Map.of("what", what));
    }

    static Verdict migrateLive(Situation situation, Intent.MigrateLive intent) {
        return locked(
                situation,
                Refusal.Code.LIVE_MIGRATION_LOCKED,
                "it cannot be migrated while it runs",
                "Delete the VM's snapshots first, or stop it and migrate it cold.",
                Map.of("node", intent.node()));
    }

    static Verdict migrateCold(Situation situation, Intent.MigrateCold intent) {
        if (situation.record().tree().isEmpty()) {
            return Findings.NONE;
        }
        return Findings.all(portable(situation, intent), off(situation), settled(situation));
    }

    static Verdict cloned(Situation situation, Intent.Clone intent) {
        String state = intent.snapshot().isPresent() ? "the state that the snapshot has" : "its current state";
        return Findings.all(
                settled(situation, EnumSet.of(Status.RESTORING)),
                situation.record().tree().isEmpty()
                        ? Findings.NONE
                        : Findings.noticed(
                                Notice.Code.SNAPSHOTS_STAY_BEHIND,
                                "The clone of " + Words.vm(situation) + " gets " + state + " and none of its "
                                        + Words.count(situation.record().tree().size()) + ".",
                                Map.of(
                                        "count",
                                        Integer.toString(
                                                situation.record().tree().size()))));
    }

    static Verdict deleteVm(Situation situation) {
        int count = situation.record().tree().size();
        return count == 0
                ? Findings.NONE
                : Findings.noticed(
                        Notice.Code.SNAPSHOTS_GO_TOO,
                        Words.vm(situation) + " has " + Words.count(count) + ", which will be deleted with it.",
                        Map.of("count", Integer.toString(count)));
    }

    private static Verdict locked(
            Situation situation, Refusal.Code code, String consequence, String remedy, Map<String, String> more) {
        int count = situation.record().tree().size();
        if (count == 0) {
            return Findings.NONE;
        }
        Map<String, String> data = new TreeMap<>(more);
        data.put("count", Integer.toString(count));
        return Findings.refused(new Refusal(
                code, Words.vm(situation) + " has " + Words.count(count) + ", so " + consequence + ".", remedy, data));
    }

    private static Verdict portable(Situation situation, Intent.MigrateCold intent) {
        List<Snapshot> snapshots = situation.record().tree().snapshots();
        Set<String> disks = new TreeSet<>();
        Set<StorageKind> kinds = EnumSet.noneOf(StorageKind.class);
        for (Snapshot snapshot : snapshots) {
            for (Volume volume : snapshot.volumes()) {
                if (volume.kind() != intent.storage() || !isPortable(situation, volume)) {
                    disks.add(volume.target());
                    kinds.add(volume.kind());
                }
            }
        }
        if (disks.isEmpty()) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.COLD_MIGRATION_LOCKED,
                "The " + Words.count(snapshots.size()) + " of " + Words.vm(situation) + " cannot follow its disks "
                        + String.join(", ", disks) + " from " + words(kinds) + " to " + Words.kind(intent.storage())
                        + ".",
                "Delete the snapshots first.",
                Map.of(
                        "count",
                        Integer.toString(snapshots.size()),
                        "disks",
                        String.join(", ", disks),
                        "from",
                        String.join(", ", kinds.stream().map(Enum::name).toList()),
                        "to",
                        intent.storage().name(),
                        "node",
                        intent.node())));
    }

    /** Between NAS only where the host has turned it on, since by default both nodes would have the same files. */
    private static boolean isPortable(Situation situation, Volume volume) {
        return PORTABLE.contains(volume.kind())
                || (volume.kind() == StorageKind.NAS
                        && situation.traitsOf(volume.storage()).contains(Trait.PORTABLE));
    }

    private static String words(Set<StorageKind> kinds) {
        return String.join(" and ", kinds.stream().map(Words::kind).toList());
    }

    /** Whether the VM is off on every node that has it. */
    static Verdict off(Situation situation) {
        return situation.sightings().stream()
                .filter(sighting -> sighting.vm().power().isActive())
                .findFirst()
                .map(sighting -> Findings.refused(new Refusal(
                        Refusal.Code.VM_STATE_UNSUPPORTED,
                        Words.vm(situation) + " is "
                                + PowerRule.word(sighting.vm().power()) + " on node " + sighting.node()
                                + ", and with its snapshots it can only be moved while it is off.",
                        "Stop the VM first.",
                        PowerRule.power(sighting.vm()))))
                .orElse(Findings.NONE);
    }

    /** Whether no operation changes a snapshot. */
    static Verdict settled(Situation situation) {
        return settled(situation, EnumSet.of(Status.CREATING, Status.RESTORING, Status.DELETING));
    }

    private static Verdict settled(Situation situation, Set<Status> disturbing) {
        return Findings.all(situation.record().tree().snapshots().stream()
                .filter(snapshot -> disturbing.contains(snapshot.status()))
                .map(snapshot -> SnapshotRule.inTransition(
                        snapshot,
                        "The disks of " + Words.vm(situation) + " must not be copied: " + Words.snapshot(snapshot))));
    }
}
