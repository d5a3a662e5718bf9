package dev.vmsnap.cli;

import dev.vmsnap.Finding;
import dev.vmsnap.Snapshot;
import java.io.PrintStream;
import java.util.Optional;

/** Prints what was noticed of a VM. */
final class Diagnosis {
    private final Style style;

    Diagnosis(Style style) {
        this.style = style;
    }

    void print(PrintStream out, Checkup checkup) {
        out.println(style.bold(style.safe(checkup.vm().name())) + ": "
                + (checkup.failure().isPresent()
                        ? style.bad("not examined")
                        : checkup.findings().isEmpty()
                                ? style.good("all is well")
                                : Units.count(checkup.findings().size(), "finding")));
        checkup.failure().ifPresent(failure -> Complaint.print(out, style, 2, failure));
        for (Finding finding : checkup.findings()) {
            print(out, finding, subject(checkup, finding));
        }
    }

    /** Prints one finding. */
    void print(PrintStream out, Finding finding, String subject) {
        String label = (finding.kind().name() + " " + subject).strip() + ":";
        out.println(style.paragraph(2, label, style::warning, finding.message()));
        out.println(style.paragraph(4, "to fix:", style::plain, Remedies.of(finding)));
    }

    /** What it is about, where the message does not name it; a snapshot by its name, because the message has its id. */
    private static String subject(Checkup checkup, Finding finding) {
        Optional<String> name = checkup.tree().snapshots().stream()
                .filter(snapshot -> snapshot.id().value().equals(finding.subject()))
                .map(Snapshot::name)
                .findFirst();
        String subject = name.map(n -> "\"" + n + "\"").orElse(finding.subject());
        boolean said = finding.message().contains(name.orElse(finding.subject()))
                || finding.subject().equals(checkup.vm().id().value());
        return said ? "" : subject;
    }
}
