package dev.vmsnap.core.internal.rules;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmSnapshots.SilentNode;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Where the VM is. */
final class PresenceRule {
    private PresenceRule() {}

    /** For what needs the VM. */
    static Verdict needed(Situation situation) {
        Optional<String> unknown = situation.unknownNode();
        if (unknown.isPresent()) {
            return unknown(situation, unknown.get());
        }
        if (situation.sightings().isEmpty() && situation.silentNodes().isEmpty()) {
            return Findings.refused(Refusal.of(
                    Refusal.Code.VM_NOT_FOUND,
                    "No node has " + Words.vm(situation) + ".",
                    "See whether the VM was deleted or moved to a node that this engine does not know."));
        }
        return known(situation);
    }

    /** For what also works when the VM is gone, but not when it may only be out of sight. */
    static Verdict known(Situation situation) {
        Optional<String> unknown = situation.unknownNode();
        if (unknown.isPresent()) {
            return unknown(situation, unknown.get());
        }
        if (situation.sightings().isEmpty()) {
            return situation.silentNodes().isEmpty() ? Findings.NONE : unseen(situation);
        }
        Optional<Sighting> chosen = situation.chosen();
        if (chosen.isEmpty()) {
            return ambiguous(situation);
        }
        Optional<String> silent = situation.record().node().filter(situation::isSilent);
        boolean maybeElsewhere =
                silent.isPresent() && !chosen.get().vm().power().isActive();
        return maybeElsewhere ? elsewhere(situation, chosen.get(), silent.get()) : Findings.NONE;
    }

    /** For what needs to know whether the node that had the VM last still has it. */
    static Verdict answered(Situation situation) {
        boolean silent = situation.record().node().filter(situation::isSilent).isPresent();
        return silent
                        && situation.sightings().isEmpty()
                        && !situation.record().tree().isEmpty()
                ? unseen(situation)
                : Findings.NONE;
    }

    /** Whether there is a node to take the VM to, and whether it answers. */
    static Verdict target(Situation situation, String node) {
        if (!situation.nodes().contains(node)) {
            return Findings.refused(new Refusal(
                    Refusal.Code.NODE_UNKNOWN,
                    "There is no node " + node + " to take " + Words.vm(situation) + " to.",
                    "Name one of these: " + situation.nodes().stream().sorted().collect(Collectors.joining(", ")) + ".",
                    Map.of("node", node)));
        }
        return situation.isSilent(node)
                ? Findings.refused(new Refusal(
                        Refusal.Code.NODE_UNREACHABLE,
                        "Node " + node + ", to which " + Words.vm(situation) + " would go, does not answer: "
                                + cause(situation, node) + ".",
                        "Bring node " + node + " back, or choose another one.",
                        Map.of("nodes", node, "causes", node + " (" + cause(situation, node) + ")")))
                : Findings.NONE;
    }

    private static Verdict unknown(Situation situation, String node) {
        return Findings.all(
                Findings.refused(new Refusal(
                        Refusal.Code.NODE_UNKNOWN,
                        "No node of this engine has " + Words.vm(situation) + ", and the node that had it last, " + node
                                + ", does not belong to the engine.",
                        "Add node " + node + " to the engine, or take the VM to one of the engine's nodes.",
                        Map.of("node", node))),
                situation.silentNodes().isEmpty() ? Findings.NONE : unseen(situation));
    }

    private static Verdict unseen(Situation situation) {
        String nodes = situation.silentNames();
        return Findings.refused(new Refusal(
                Refusal.Code.NODE_UNREACHABLE,
                "No node that answers has " + Words.vm(situation) + ", and these do not answer: " + causes(situation)
                        + ".",
                lacksTool(situation)
                        ? "Install what is missing, then try again."
                        : "Bring those nodes back, or take those that are gone for good out of the engine's configuration.",
                Map.of("nodes", nodes, "causes", causes(situation))));
    }

    private static Verdict elsewhere(Situation situation, Sighting seen, String silent) {
        return Findings.refused(new Refusal(
                Refusal.Code.NODE_UNREACHABLE,
                Words.vm(situation) + " is off on node " + seen.node() + ", but node " + silent
                        + ", which had it last, does not answer and may be running it: " + cause(situation, silent)
                        + ".",
                "Bring node " + silent + " back, or start the VM where it belongs now.",
                Map.of("nodes", silent, "causes", silent + " (" + cause(situation, silent) + ")")));
    }

    private static String causes(Situation situation) {
        return situation.silentNodes().stream()
                .sorted(Comparator.comparing(SilentNode::name))
                .map(silent -> silent.name() + " (" + silent.why() + ")")
                .collect(Collectors.joining(", "));
    }

    private static String cause(Situation situation, String node) {
        return situation.silentNodes().stream()
                .filter(silent -> silent.name().equals(node))
                .map(SilentNode::why)
                .findFirst()
                .orElse("");
    }

    private static boolean lacksTool(Situation situation) {
        return situation.silentNodes().stream()
                .allMatch(silent -> silent.reason() == DriverException.Reason.TOOL_MISSING);
    }

    private static Verdict ambiguous(Situation situation) {
        String nodes =
                situation.sightings().stream().map(Sighting::node).sorted().collect(Collectors.joining(", "));
        boolean active =
                situation.sightings().stream().anyMatch(s -> s.vm().power().isActive());
        return Findings.refused(new Refusal(
                Refusal.Code.VM_AMBIGUOUS,
                "Several nodes have " + Words.vm(situation) + " and it is active on "
                        + (active ? "more than one" : "none") + ": " + nodes + ".",
                active
                        ? "Stop the VM at once on all nodes but one: two running copies destroy its disks."
                        : "Remove the stale definition, or start the VM on the node where it belongs.",
                Map.of("nodes", nodes)));
    }
}
