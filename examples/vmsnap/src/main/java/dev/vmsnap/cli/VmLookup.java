package dev.vmsnap.cli;

import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.VmSnapshots.VmList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Finds the VM that a person means: by id, or by a name that only one VM has. */
final class VmLookup {
    private final Connections connections;
    private final Names names;

    VmLookup(Connections connections, Names names) {
        this.connections = connections;
        this.names = names;
    }

    /** Finds a VM that a node has or that has snapshots; asks no node about a UUID that is recorded. */
    Vm known(String reference) {
        return uuid(reference)
                .flatMap(id -> only(connections.snapshots().recordedVms(), id.value()))
                .map(VmLookup::vm)
                .map(names::remember)
                .orElseGet(() -> names.remember(vm(overview(reference))));
    }

    /**
     * Finds a VM for a verb that only reads what is recorded, by its id or the name that it had last; asks nodes only about
     * one that is not recorded.
     */
    Vm recorded(String reference) {
        return only(connections.snapshots().recordedVms(), reference)
                .map(VmLookup::vm)
                .map(names::remember)
                .orElseGet(() -> known(reference));
    }

    /** Returns the VMs that are recorded. */
    List<VmOverview> recorded() {
        return connections.snapshots().recordedVms();
    }

    /** Finds such a VM with what is seen of it. */
    VmOverview overview(String reference) {
        VmList list = connections.snapshots().vmList();
        return only(list.vms(), reference).orElseThrow(() -> unknown(reference, list.silentNodes()));
    }

    /** Finds a VM that may be gone: a UUID is taken at its word. */
    Vm any(String reference) {
        return uuid(reference)
                .map(id -> only(connections.snapshots().recordedVms(), id.value())
                        .or(() -> only(connections.snapshots().vms(), id.value()))
                        .map(VmLookup::vm)
                        .orElseGet(() -> new Vm(id, id.value())))
                .map(names::remember)
                .orElseGet(() -> known(reference));
    }

    private static Optional<VmOverview> only(List<VmOverview> vms, String reference) {
        String id = uuid(reference).map(VmId::value).orElse(reference);
        Optional<VmOverview> byId =
                vms.stream().filter(vm -> vm.vm().value().equals(id)).findFirst();
        if (byId.isPresent()) {
            return byId;
        }
        List<VmOverview> byName =
                vms.stream().filter(vm -> vm.name().equals(reference)).toList();
        if (byName.size() > 1) {
            throw new UsageException(byName.size() + " VMs are called \"" + reference + "\"; name one by its UUID: "
                    + byName.stream().map(VmLookup::place).collect(Collectors.joining(", ")) + ".");
        }
        return byName.stream().findFirst();
    }

    /** Returns all VMs that a node has or that have snapshots. */
    Map<VmId, Vm> all() {
        return connections.snapshots().vms().stream()
                .map(VmLookup::vm)
                .collect(Collectors.toMap(Vm::id, vm -> vm, (one, other) -> one));
    }

    /** Returns one of them; what nobody knows is called by its id. */
    static Vm named(Map<VmId, Vm> all, VmId id) {
        return all.getOrDefault(id, new Vm(id, id.value()));
    }

    static Vm vm(VmOverview vm) {
        return new Vm(vm.vm(), vm.name().isBlank() ? vm.vm().value() : vm.name());
    }

    private static String place(VmOverview vm) {
        return vm.vm()
                + vm.node()
                        .map(node -> " on " + node)
                        .or(() -> vm.lastNode().map(node -> ", last on " + node))
                        .orElse(" on no node");
    }

    private static Optional<VmId> uuid(String reference) {
        try {
            return reference.length() == 36
                    ? Optional.of(VmId.of(UUID.fromString(reference).toString()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static RefusedException unknown(String reference, List<SilentNode> nodes) {
        String silent = nodes.stream().map(SilentNode::name).sorted().collect(Collectors.joining(", "));
        String causes = nodes.stream()
                .map(node -> node.name() + " (" + node.why() + ")")
                .sorted()
                .collect(Collectors.joining(", "));
        return new RefusedException(List.of(
                nodes.isEmpty()
                        ? new Refusal(
                                Refusal.Code.VM_NOT_FOUND,
                                "No node has a VM \"" + reference + "\".",
                                "Look at 'vmsnap vms' for the VMs that there are.",
                                Map.of("vm", reference))
                        : new Refusal(
                                Refusal.Code.NODE_UNREACHABLE,
                                "No VM \"" + reference + "\" was found, but "
                                        + (nodes.size() == 1 ? "this node does" : "these nodes do")
                                        + " not answer: " + causes + ".",
                                "Bring " + silent + " back, or see with 'vmsnap version' why it does not answer.",
                                Map.of("vm", reference, "nodes", silent, "causes", causes))));
    }
}
