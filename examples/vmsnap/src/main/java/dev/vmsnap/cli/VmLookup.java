package dev.vmsnap.cli;

import dev.vmsnap.DriverException;
import dev.vmsnap.Refusal;
import dev.vmsnap.RefusedException;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.spi.HypervisorDriver;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Finds the VM that a person means: by id, or by a name that only one VM has. */
final class VmLookup {
    /** An id that no VM has, for asking whether a node answers. */
    private static final VmId NOBODY = VmId.of(new UUID(0, 0).toString());

    private final Connections connections;
    private final Names names;

    VmLookup(Connections connections, Names names) {
        this.connections = connections;
        this.names = names;
    }

    /** Finds a VM that a node has or that has snapshots. */
    Vm known(String reference) {
        return names.remember(vm(overview(reference)));
    }

    /** Finds such a VM with what is seen of it. */
    VmOverview overview(String reference) {
        return find(reference).orElseThrow(() -> unknown(reference));
    }

    /** Finds a VM that may be gone: a UUID is taken at its word. */
    Vm any(String reference) {
        return find(reference)
                .map(VmLookup::vm)
                .or(() -> uuid(reference).map(id -> new Vm(id, id.value())))
                .map(names::remember)
                .orElseThrow(() -> unknown(reference));
    }

    private Optional<VmOverview> find(String reference) {
        List<VmOverview> vms = connections.snapshots().vms();
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
        return vm.vm() + vm.node().map(node -> " on " + node).orElse(" on no node");
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

    private RefusedException unknown(String reference) {
        List<String> silent = connections.nodes().entrySet().stream()
                .filter(node -> isSilent(node.getValue()))
                .map(Map.Entry::getKey)
                .toList();
        Map<String, String> data = Map.of("vm", reference, "silentNodes", String.join(", ", silent));
        return new RefusedException(List.of(
                silent.isEmpty()
                        ? new Refusal(
                                Refusal.Code.VM_NOT_FOUND,
                                "No node has a VM \"" + reference + "\".",
                                "Look at 'vmsnap vms' for the VMs that there are.",
                                data)
                        : new Refusal(
                                Refusal.Code.NODE_UNREACHABLE,
                                "No VM \"" + reference + "\" was found, but "
                                        + (silent.size() == 1 ? "this node does" : "these nodes do")
                                        + " not answer: " + String.join(", ", silent) + ".",
                                "Bring "
                                        + String.join(", ", silent)
                                        + " back, or see with 'vmsnap version' why it does not answer.",
                                data)));
    }

    private static boolean isSilent(HypervisorDriver node) {
        try {
            return node.find(NOBODY).isPresent();
        } catch (DriverException e) {
            return true;
        }
    }
}
