package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.SnapshotTree;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "doctor", description = "Compare what is recorded with what is really there.")
final class DoctorVerb extends Verb {
    @Parameters(paramLabel = "VM", arity = "0..1", description = "The VM; all that have snapshots when there is none.")
    private @Nullable String vm;

    @Override
    int run(Session session) {
        List<Vm> patients = vm != null
                ? List.of(session.vms().known(vm))
                : session.vms().recorded().stream()
                        .filter(found -> found.hasSnapshots() || found.leftBehind() > 0)
                        .map(VmLookup::vm)
                        .toList();
        List<Checkup> checkups =
                patients.stream().map(patient -> checkup(session, patient)).toList();
        List<Finding> nodes = vm != null ? List.of() : session.snapshots().doctor();
        session.output().checkups(nodes, checkups);
        boolean well = nodes.isEmpty()
                && checkups.stream()
                        .flatMap(checkup -> checkup.findings().stream())
                        .allMatch(DoctorVerb::isHarmless);
        return well ? ExitCode.DONE : ExitCode.REPAIR_NEEDED;
    }

    private static Checkup checkup(Session session, Vm patient) {
        List<Finding> findings = session.change(() -> session.snapshots().doctor(patient.id()));
        boolean damaged = findings.stream().anyMatch(finding -> finding.kind() == Finding.Kind.RECORD_DAMAGED);
        return new Checkup(patient, damaged ? SnapshotTree.empty(patient.id()) : session.tree(patient), findings);
    }

    /** What others made is only worth knowing. */
    private static boolean isHarmless(Finding finding) {
        return finding.kind() == Finding.Kind.FOREIGN;
    }
}
