package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.Finding;
import dev.vmsnap.Finding.Kind;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.ChainDifference;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.core.internal.rules.Whereabouts;
import dev.vmsnap.core.internal.rules.Wholeness;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Compares the records of a VM with its node and its storage. Pure: the survey is handed in. */
final class Doctor {

    private Doctor() {}

    /** The nodes that do not answer, those that have parts that are too old, and those that lack something. */
    static List<Finding> nodes(NodeQueries.Answers<Survey.NodeFacts> nodes) {
        Stream<Finding> silent = nodes.silent().stream().map(node -> node(Optional.empty(), node));
        Stream<Finding> outdated = nodes.given().entrySet().stream()
                .flatMap(node -> node.getValue().outdated().stream().map(part -> outdated(node.getKey(), part)));
        Stream<Finding> lacks = nodes.given().entrySet().stream()
                .flatMap(node -> node.getValue().lacks().stream().map(thing -> lacks(node.getKey(), thing)));
        return Stream.of(silent, outdated, lacks).flatMap(some -> some).toList();
    }

    private static Finding lacks(String node, String thing) {
        return new Finding(
                Kind.NODE_LACKS,
                Optional.empty(),
                node,
                "On node " + node + ", " + thing + ".",
                "Install or put right what the message names.",
                Map.of("node", node, "lacks", thing));
    }

    private static Finding outdated(String node, String part) {
        return new Finding(
                Kind.NODE_OUTDATED,
                Optional.empty(),
                node,
                "On node " + node + ", " + part + ".",
                "Upgrade the node; what was not tested with that version may fail.",
                Map.of("node", node, "part", part));
    }

    static List<Finding> examine(VmId vm, Situation situation, List<JournalEntry> open, Watermark watermark) {
        List<Finding> findings = new ArrayList<>();
        open.forEach(e -> findings.add(new Finding(
                Kind.OPEN_OPERATION,
                vm,
                e.operation(),
                "Operation " + e.operation() + " (" + e.verb() + ") is open since " + e.startedAt() + ".",
                "Call recover().",
                Map.of(
                        "operation", e.operation(),
                        "verb", e.verb().name(),
                        "since", e.startedAt().toString()))));
        situation.record().leftovers().forEach(left -> findings.add(leftBehind(vm, left)));
        if (situation.chosen().isEmpty()) {
            recorded(vm, situation, findings);
            situation.silentNodes().forEach(node -> findings.add(node(Optional.of(vm), node)));
            Optional<String> unknown = situation.unknownNode();
            unknown.ifPresent(node -> findings.add(new Finding(
                    Kind.NODE_AWAY,
                    vm,
                    node,
                    "Node " + node + ", which had the VM last, does not belong to this engine.",
                    "Add the node to the engine; until then nothing is known of the VM.",
                    Map.of("node", node))));
            if (!situation.record().tree().isEmpty() && situation.silentNodes().isEmpty() && unknown.isEmpty()) {
                findings.add(new Finding(
                        Kind.VM_GONE,
                        vm,
                        vm.value(),
                        "No node has the VM, but its snapshots are recorded.",
                        "If the VM was deleted, say so with vmDeleted.",
                        Map.of()));
            }
            return findings;
        }
        Situation healed = situation.with(Wholeness.healed(situation));
        recorded(vm, healed, findings);
        parts(vm, healed, findings);
        Set<SnapshotId> lost = Wholeness.unusable(healed).keySet();
        Watermark.usages(situation).stream()
                .filter(watermark::isReachedBy)
                .filter(usage -> canBeLost(healed, lost, usage))
                .forEach(usage -> findings.add(new Finding(
                        Kind.FILLING,
                        vm,
                        usage.snapshot().value(),
                        "Snapshot " + usage.snapshot() + " has used " + usage.usedBytes() + " of "
                                + usage.roomBytes().getAsLong() + " bytes on disk " + usage.disk() + ".",
                        "Give it more room on the storage, or delete it before it is lost.",
                        Map.of(
                                "snapshot", usage.snapshot().value(),
                                "disk", usage.disk(),
                                "used", Long.toString(usage.usedBytes()),
                                "room", Long.toString(usage.roomBytes().getAsLong())))));
        chains(vm, healed, findings);
        withoutDriver(vm, situation, findings);
        VolumeFindings volumes = new VolumeFindings(vm, situation);
        situation.states().all().forEach(state -> findings.addAll(volumes.of(state)));
        return findings;
    }

    /** The volumes to inspect: those of all snapshots and those that the next snapshot would take. */
    static List<Volume> volumes(Situation situation) {
        return Volumes.distinct(Stream.concat(
                Whereabouts.remembered(
                        situation.record().tree(),
                        Participation.of(situation.claims(), false).volumes())
                        .stream(),
                situation.record().tree().snapshots().stream().flatMap(s -> s.volumes().stream())));
    }

    private static Finding node(Optional<VmId> vm, SilentNode node) {
        boolean lacks = node.reason() == DriverException.Reason.TOOL_MISSING;
        return new Finding(
                lacks ? Kind.NODE_LACKS : Kind.NODE_AWAY,
                vm,
                node.name(),
                lacks
                        ? "Node " + node.name() + " lacks what vmsnap needs: " + node.why() + "."
                        : "Node " + node.name() + " does not answer: " + node.why() + ".",
                lacks
                        ? "Install what the message names."
                        : "Bring the node back; until then nothing is known of its VMs.",
                Map.of("node", node.name(), "reason", node.reason().name(), lacks ? "lacks" : "why", node.why()));
    }

    private static Finding leftBehind(VmId vm, VmRecord.Leftover left) {
        return new Finding(
                Kind.LEFT_BEHIND,
                vm,
                left.volume().target(),
                "The part of the deleted snapshot " + left.snapshot() + " on disk "
                        + left.volume().target() + " (" + left.volume().source() + ") is still to be deleted: "
                        + left.why()
                        + ".",
                "Call recover() when the storage is back or the disk is free.",
                Map.of(
                        "snapshot", left.snapshot().value(),
                        "disk", left.volume().target(),
                        "source", left.volume().source(),
                        "driver", left.volume().storage()));
    }

    private static void recorded(VmId vm, Situation situation, List<Finding> findings) {
        for (Snapshot snapshot : situation.record().tree().snapshots()) {
            snapshot.reason()
                    .ifPresent(why -> findings.add(new Finding(
                            Kind.UNAVAILABLE,
                            vm,
                            snapshot.id().value(),
                            "Snapshot \"" + snapshot.name() + "\" is unavailable: " + why + ".",
                            why == Snapshot.Reason.MISSING || why == Snapshot.Reason.DAMAGED
                                    ? "If its storage can come back, bring it back and call recover(); else delete the"
                                            + " snapshot."
                                    : "Delete it.",
                            of(snapshot.id(), why))));
        }
    }

    private static void parts(VmId vm, Situation situation, List<Finding> findings) {
        Wholeness.unusable(situation)
                .forEach((id, why) -> findings.add(new Finding(
                        why == Snapshot.Reason.MISSING ? Kind.PART_MISSING : Kind.PART_UNUSABLE,
                        vm,
                        id.value(),
                        why == Snapshot.Reason.MISSING
                                ? "A part of snapshot " + id + " is not on storage any more."
                                : "A part of snapshot " + id + " cannot be used any more: " + why + ".",
                        why == Snapshot.Reason.MISSING
                                ? "Delete it; or, if its storage can come back, bring that back."
                                : "Delete it; it cannot be restored.",
                        of(id, why))));
    }

    private static Map<String, String> of(SnapshotId snapshot, Snapshot.Reason why) {
        return Map.of("snapshot", snapshot.value(), "reason", why.name());
    }

    /** Reports a part that nobody can inspect: it is a finding, never "all is well". */
    private static void withoutDriver(VmId vm, Situation situation, List<Finding> findings) {
        Volumes.distinct(situation.record().tree().snapshots().stream().flatMap(s -> s.volumes().stream())).stream()
                .filter(volume -> !situation.traits().containsKey(volume.storage()))
                .forEach(volume -> findings.add(new Finding(
                        Kind.STORAGE_AWAY,
                        vm,
                        volume.target(),
                        "Disk " + volume.target() + " (" + volume.source() + ") has snapshots made by storage driver "
                                + volume.storage() + ", which this engine does not have.",
                        "Add storage driver " + volume.storage() + " to the engine.",
                        Map.of(
                                "disk", volume.target(),
                                "source", volume.source(),
                                "driver", volume.storage()))));
    }

    /** A snapshot that is lost already needs no more room. */
    private static boolean canBeLost(Situation situation, Set<SnapshotId> lost, Snapshot.Usage usage) {
        return situation
                        .record()
                        .tree()
                        .find(usage.snapshot())
                        .filter(snapshot -> snapshot.status() == Snapshot.Status.AVAILABLE)
                        .isPresent()
                && !lost.contains(usage.snapshot());
    }

    private static void chains(VmId vm, Situation situation, List<Finding> findings) {
        for (Snapshot snapshot : situation.record().tree().snapshots()) {
            if (snapshot.status() == Snapshot.Status.AVAILABLE) {
                for (Refusal refusal : ChainDifference.of(situation, snapshot)) {
                    findings.add(new Finding(
                            Kind.CHAIN_CHANGED,
                            vm,
                            snapshot.id().value(),
                            refusal.message(),
                            refusal.remedy(),
                            refusal.data()));
                }
            }
        }
    }
}
