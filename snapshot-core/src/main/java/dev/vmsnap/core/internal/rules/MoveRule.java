package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** When the library itself can hand a VM to another node. */
final class MoveRule {
    private MoveRule() {}

    static Verdict handedOver(Situation situation, String node) {
        VmDescription vm = situation.chosen().orElseThrow().vm();
        Participation disks = Participation.of(situation.claims(), false);
        Collection<Volume> volumes = volumes(situation, disks);
        return Findings.all(
                HostRule.off(situation),
                HostRule.settled(situation),
                PowerRule.restore(situation, vm),
                new Verdict(disks.refusals(), List.of()),
                Findings.refused(volumes.stream()
                        .filter(volume -> !isPortable(situation, volume))
                        .map(volume -> notPortable(situation, volume, node))
                        .toList()),
                VolumeRule.inspected(situation, volumes, Verb.MIGRATE));
    }

    /** What has to come along: the disks, and what snapshots remember of disks that were. */
    private static Collection<Volume> volumes(Situation situation, Participation disks) {
        Map<String, Volume> bySource = new LinkedHashMap<>();
        disks.volumes().forEach(volume -> bySource.put(volume.source(), volume));
        situation.record().tree().snapshots().stream()
                .flatMap(snapshot -> snapshot.volumes().stream())
                .forEach(volume -> bySource.putIfAbsent(volume.source(), volume));
        return bySource.values();
    }

    private static boolean isPortable(Situation situation, Volume volume) {
        return volume.kind() == StorageKind.NETWORK_LVM
                && situation.traitsOf(volume.storage()).contains(Trait.PORTABLE);
    }

    private static Refusal notPortable(Situation situation, Volume volume, String node) {
        return new Refusal(
                Refusal.Code.COLD_MIGRATION_LOCKED,
                "Disk " + volume.target() + " of " + Words.vm(situation) + " lies on " + Words.kind(volume.kind())
                        + ", which cannot be handed to node " + node + ".",
                situation.record().tree().isEmpty()
                        ? "Move the disk by other means."
                        : "Delete the snapshots first and move the disk by other means.",
                Map.of("disk", volume.target(), "kind", volume.kind().name(), "node", node));
    }
}
