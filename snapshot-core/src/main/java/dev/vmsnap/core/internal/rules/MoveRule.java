package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** When the library itself can hand a VM to another node. */
final class MoveRule {
    private static final Set<StorageKind> PORTABLE =
            EnumSet.of(StorageKind.FILE, StorageKind.NAS, StorageKind.NETWORK_LVM);

    private MoveRule() {}

    static Verdict handedOver(Situation situation, Intent.Migrate intent) {
        String node = intent.node();
        VmDescription vm = situation.chosen().orElseThrow().vm();
        Participation disks = Participation.unmarked(situation.claims());
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
                VolumeRule.inspected(situation, volumes, Verb.MIGRATE),
                Findings.refused(intent.sources().keySet().stream()
                        .filter(target -> volumes.stream()
                                .noneMatch(volume -> volume.target().equals(target)))
                        .sorted()
                        .map(Participation::unknown)
                        .toList()),
                situation
                        .elsewhere()
                        .map(there -> there(situation, there, volumes, intent))
                        .orElse(Findings.NONE));
    }

    /** Whether a snapshot could be brought back on another node. */
    static Verdict restorable(Situation situation, Snapshot snapshot, String node) {
        return Findings.refused(situation.elsewhere().stream()
                .flatMap(there -> there.snapshotObstacles().getOrDefault(snapshot.id(), List.of()).stream())
                .map(obstacle -> unsuitable(situation, Words.snapshot(snapshot) + " of ", obstacle, node))
                .toList());
    }

    private static Verdict there(
            Situation situation, Elsewhere there, Collection<Volume> volumes, Intent.Migrate intent) {
        String node = intent.node();
        Relocated relocated = new Relocated(situation.claims(), intent.sources());
        Stream<Verdict> suits = Stream.concat(
                there.obstacles().stream().map(obstacle -> Findings.refused(unsuitable(situation, "", obstacle, node))),
                situation.record().tree().snapshots().stream()
                        .filter(snapshot -> snapshot.ram() && snapshot.status() == Snapshot.Status.AVAILABLE)
                        .map(snapshot -> restorable(situation, snapshot, node)));
        Stream<Verdict> whole =
                volumes.stream().map(volume -> copy(situation, there, volume, relocated.of(volume), node));
        return Findings.all(Stream.concat(suits, whole));
    }

    private static Refusal unsuitable(Situation situation, String what, String obstacle, String node) {
        return new Refusal(
                Refusal.Code.NODE_UNSUITABLE,
                "Node " + node + " cannot bring up " + what + Words.vm(situation) + ": " + obstacle + ".",
                "Choose a node that can, or delete the snapshots that need it.",
                Map.of("node", node, "obstacle", obstacle));
    }

    /** What the other node has of a volume must be the same, with every snapshot that can be restored here. */
    private static Verdict copy(Situation situation, Elsewhere there, Volume volume, Volume moved, String node) {
        Optional<VolumeState> found = there.states().of(moved);
        if (found.isEmpty()) {
            return Findings.NONE;
        }
        VolumeState state = found.get();
        if (state.isUnknown()) {
            return Findings.refused(state.objectionsTo(Verb.MIGRATE));
        }
        Optional<String> wrong = state.fold(
                seen -> wrong(situation, volume, seen),
                absent -> Optional.of("it is not there"),
                unknown -> Optional.empty());
        return wrong.map(what -> Findings.refused(new Refusal(
                        Refusal.Code.COPY_INCOMPLETE,
                        "What node " + node + " has as disk " + volume.target() + " of " + Words.vm(situation) + " ("
                                + state.volume().source() + ") is not that disk with its snapshots: " + what + ".",
                        "Copy the file as it is while the VM is off, for example with rsync; qemu-img convert drops the"
                                + " snapshots.",
                        Map.of(
                                "node",
                                node,
                                "disk",
                                volume.target(),
                                "source",
                                state.volume().source()))))
                .orElse(Findings.NONE);
    }

    private static Optional<String> wrong(Situation situation, Volume volume, VolumeState.Seen there) {
        return resized(situation, volume, there).or(() -> situation.record().tree().snapshots().stream()
                .filter(snapshot -> snapshot.status() == Snapshot.Status.AVAILABLE)
                .flatMap(snapshot -> lacking(situation, snapshot, volume, there).stream())
                .findFirst());
    }

    private static Optional<String> resized(Situation situation, Volume volume, VolumeState.Seen there) {
        return situation
                .stateOf(volume)
                .map(state -> state.volume().virtualBytes())
                .filter(here -> here.isPresent()
                        && there.volume().virtualBytes().isPresent()
                        && !here.equals(there.volume().virtualBytes()))
                .map(here -> "it has another size");
    }

    private static Optional<String> lacking(
            Situation situation, Snapshot snapshot, Volume volume, VolumeState.Seen there) {
        boolean has = snapshot.volumes().stream().anyMatch(v -> v.key().equals(volume.key()));
        if (!has) {
            return Optional.empty();
        }
        Optional<VolumeState.Part> part = there.part(snapshot.id());
        if (part.isEmpty()) {
            return Optional.of(Words.snapshot(snapshot) + " is not in it");
        }
        long here = situation
                .states()
                .part(volume, snapshot)
                .map(VolumeState.Part::ramBytes)
                .orElse(0L);
        return part.get().ramBytes() == here
                ? Optional.empty()
                : Optional.of("the RAM of " + Words.snapshot(snapshot) + " is not in it");
    }

    /** What has to come along: the disks, and what snapshots remember of disks that were. */
    private static Collection<Volume> volumes(Situation situation, Participation disks) {
        return Volumes.distinct(Stream.concat(
                disks.volumes().stream(),
                situation.record().tree().snapshots().stream().flatMap(snapshot -> snapshot.volumes().stream())));
    }

    private static boolean isPortable(Situation situation, Volume volume) {
        return PORTABLE.contains(volume.kind())
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
