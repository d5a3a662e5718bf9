package dev.vmsnap.core.internal.run;

import dev.vmsnap.Finding;
import dev.vmsnap.Finding.Kind;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.UnknownSnapshots;
import dev.vmsnap.spi.VmDescription;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out whether a store that knows no snapshot stands where another one is expected. */
final class EmptyStore {
    private static final Logger LOG = LoggerFactory.getLogger(EmptyStore.class);
    private static final int MOST_VMS = 50;
    private static final Set<Notice.Code> TRACES = Set.of(Notice.Code.OTHER_STORE, Notice.Code.RECORDS_KEPT);

    private EmptyStore() {}

    /** Inspects VMs until one shows that another store was here; none if this store knows any snapshot. */
    static List<Finding> findings(Wiring wiring, Survey survey, Leases leases) {
        if (wiring.store().all().stream()
                .anyMatch(stored ->
                        stored.sound().map(record -> !record.tree().isEmpty()).orElse(true))) {
            return List.of();
        }
        return survey.vms()
                .limit(MOST_VMS)
                .flatMap(vm -> {
                    List<Finding> found = new ArrayList<>();
                    Isolation.failure(leases, () -> finding(vm, survey).ifPresent(found::add))
                            .ifPresent(
                                    failure -> LOG.info("VM {} was not inspected: {}", vm.id(), failure.getMessage()));
                    return found.stream();
                })
                .findFirst()
                .map(List::of)
                .orElse(List.of());
    }

    private static Optional<Finding> finding(VmDescription vm, Survey survey) {
        Situation seen = survey.forCreate(vm.id(), SnapshotSpec.named("doctor"));
        boolean others = !UnknownSnapshots.of(seen).isEmpty()
                || seen.states()
                        .all()
                        .flatMap(state -> state.notices().stream())
                        .anyMatch(notice -> TRACES.contains(notice.code()));
        return others
                ? Optional.of(new Finding(
                        Kind.STORE_EMPTY,
                        vm.id(),
                        vm.id().value(),
                        "The store knows no snapshot of any VM, but VM \"" + vm.name()
                                + "\" has snapshots of vmsnap, or records of another store beside its disks.",
                        "Use the right store; if it is lost, rebuild the VMs.",
                        Map.of()))
                : Optional.empty();
    }
}
