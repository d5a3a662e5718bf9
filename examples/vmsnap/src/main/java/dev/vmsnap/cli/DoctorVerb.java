package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.VmOverview;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
                : session.snapshots().vms().stream()
                        .filter(VmOverview::hasSnapshots)
                        .map(VmLookup::vm)
                        .toList();
        Map<Vm, List<Finding>> findings = new LinkedHashMap<>();
        for (Vm patient : patients) {
            findings.put(patient, session.change(() -> session.snapshots().doctor(patient.id())));
        }
        session.output().findings(findings);
        boolean well = findings.values().stream().flatMap(List::stream).allMatch(DoctorVerb::isHarmless);
        return well ? ExitCode.DONE : ExitCode.REPAIR_NEEDED;
    }

    /** What others made is only worth knowing. */
    private static boolean isHarmless(Finding finding) {
        return finding.kind() == Finding.Kind.FOREIGN;
    }
}
