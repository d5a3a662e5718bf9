package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotTree;
import java.util.List;
import java.util.Optional;
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
        List<Checkup> checkups = patients.stream()
                .map(one -> vm != null ? checkup(session, one) : isolated(session, one))
                .toList();
        List<Finding> nodes = vm != null ? List.of() : session.snapshots().doctor();
        session.output().checkups(nodes, checkups);
        boolean well = nodes.isEmpty()
                && checkups.stream().noneMatch(checkup -> checkup.failure().isPresent())
                && checkups.stream()
                        .flatMap(checkup -> checkup.findings().stream())
                        .allMatch(DoctorVerb::isHarmless);
        return well ? ExitCode.DONE : ExitCode.REPAIR_NEEDED;
    }

    /** One VM that cannot be compared keeps no other from it. */
    private static Checkup isolated(Session session, Vm patient) {
        try {
            return checkup(session, patient);
        } catch (SnapshotException e) {
            return new Checkup(patient, SnapshotTree.empty(patient.id()), List.of(), Optional.of(Failure.of(e)));
        }
    }

    private static Checkup checkup(Session session, Vm patient) {
        List<Finding> findings = session.change(() -> session.snapshots().doctor(patient.id()));
        boolean damaged = findings.stream().anyMatch(finding -> finding.kind() == Finding.Kind.RECORD_DAMAGED);
        return new Checkup(
                patient,
                damaged ? SnapshotTree.empty(patient.id()) : session.tree(patient),
                findings,
                Optional.empty());
    }

    /** What others made is only worth knowing. */
    private static boolean isHarmless(Finding finding) {
        return finding.kind() == Finding.Kind.FOREIGN;
    }
}
