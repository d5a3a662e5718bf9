package dev.vmsnap.core.internal.run;

import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.VmList;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import dev.vmsnap.spi.SnapshotStore.Stored;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lists VMs: what the nodes have, joined with what the store knows. */
final class Overview {
    private final Wiring wiring;
    private final NodeQueries nodes;

    Overview(Wiring wiring, NodeQueries nodes) {
        this.wiring = wiring;
        this.nodes = nodes;
    }

    VmList vms() {
        NodeQueries.Answers<List<VmDescription>> answers = nodes.askEach(HypervisorDriver::vms);
        return new VmList(listed(answers.given()), answers.silent());
    }

    /** Lists the VMs that the store knows; no node is asked. */
    List<VmOverview> recorded() {
        return listed(Map.of());
    }

    private List<VmOverview> listed(Map<String, List<VmDescription>> seen) {
        Map<VmId, VmRecord> records = new HashMap<>();
        Map<VmId, Damaged> damaged = new HashMap<>();
        for (Stored stored : wiring.store().all()) {
            if (stored instanceof Damaged one) {
                one.vm().ifPresent(vm -> damaged.put(vm, one));
            } else {
                stored.sound().ifPresent(record -> records.put(record.vm(), record));
            }
        }
        Map<VmId, VmOverview> found = new HashMap<>();
        seen.forEach((node, vms) -> vms.forEach(vm -> {
            VmRecord record = records.getOrDefault(vm.id(), VmRecord.of(vm.id()));
            VmOverview one = overview(record, vm.name(), Optional.of(node), Optional.of(vm));
            found.merge(vm.id(), one, (a, b) -> isActive(b) ? b : a);
        }));
        records.values().stream()
                .filter(r -> !found.containsKey(r.vm()) && hasParts(r))
                .forEach(r -> found.put(r.vm(), recorded(r)));
        damaged.forEach((vm, one) -> found.put(vm, damaged(found.getOrDefault(vm, recorded(VmRecord.of(vm))), one)));
        return byName(found.values());
    }

    private static boolean hasParts(VmRecord record) {
        return !(record.tree().isEmpty() && record.leftovers().isEmpty());
    }

    private static List<VmOverview> byName(Collection<VmOverview> vms) {
        return vms.stream()
                .sorted(Comparator.comparing(VmOverview::name).thenComparing(VmOverview::vm))
                .toList();
    }

    private static VmOverview recorded(VmRecord record) {
        return overview(record, record.name(), Optional.empty(), Optional.empty());
    }

    private static VmOverview overview(
            VmRecord record, String name, Optional<String> node, Optional<VmDescription> seen) {
        return new VmOverview(
                record.vm(),
                name,
                node,
                record.node(),
                seen.map(VmDescription::power),
                record.tree().size(),
                record.tree().current(),
                record.leftovers().size(),
                Optional.empty());
    }

    private static VmOverview damaged(VmOverview seen, Damaged damaged) {
        return new VmOverview(
                seen.vm(),
                seen.name(),
                seen.node(),
                seen.lastNode(),
                seen.power(),
                0,
                Optional.empty(),
                0,
                Optional.of(damaged.why()));
    }

    private static boolean isActive(VmOverview vm) {
        return vm.power().filter(p -> p.isActive()).isPresent();
    }
}
