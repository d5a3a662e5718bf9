package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.spi.SnapshotStore.Damaged;
import dev.vmsnap.spi.SnapshotStore.Stored;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lists VMs: what the nodes have, joined with what the store knows. */
final class Overview {
    private static final Logger LOG = LoggerFactory.getLogger(Overview.class);

    private final Wiring wiring;

    Overview(Wiring wiring) {
        this.wiring = wiring;
    }

    List<VmOverview> vms() {
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
        wiring.nodes().forEach((node, hypervisor) -> {
            try {
                for (VmDescription vm : hypervisor.vms()) {
                    VmRecord record = records.getOrDefault(vm.id(), VmRecord.of(vm.id()));
                    VmOverview seen = overview(record, vm.name(), Optional.of(node), Optional.of(vm));
                    found.merge(vm.id(), seen, (a, b) -> isActive(b) ? b : a);
                }
            } catch (DriverException away) {
                LOG.warn("Node {} does not answer: {}", node, away.getMessage());
            }
        });
        records.values().stream()
                .filter(r -> !found.containsKey(r.vm())
                        && !(r.tree().isEmpty() && r.leftovers().isEmpty()))
                .forEach(r -> found.put(r.vm(), overview(r, r.name(), Optional.empty(), Optional.empty())));
        damaged.forEach((vm, one) -> found.put(
                vm,
                damaged(
                        found.getOrDefault(vm, overview(VmRecord.of(vm), "", Optional.empty(), Optional.empty())),
                        one)));
        List<VmOverview> all = new ArrayList<>(found.values());
        all.sort(Comparator.comparing(VmOverview::name).thenComparing(VmOverview::vm));
        return List.copyOf(all);
    }

    private static VmOverview overview(
            VmRecord record, String name, Optional<String> node, Optional<VmDescription> seen) {
        return new VmOverview(
                record.vm(),
                name,
                node,
                seen.map(VmDescription::power),
                record.tree().size(),
                record.tree().current(),
                record.leftovers().size(),
                Optional.empty());
    }

    private static VmOverview damaged(VmOverview seen, Damaged damaged) {
        return new VmOverview(
                seen.vm(), seen.name(), seen.node(), seen.power(), 0, Optional.empty(), 0, Optional.of(damaged.why()));
    }

    private static boolean isActive(VmOverview vm) {
        return vm.power().filter(p -> p.isActive()).isPresent();
    }
}
