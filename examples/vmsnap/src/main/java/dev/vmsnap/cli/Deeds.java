package dev.vmsnap.cli;

import dev.vmsnap.Certificate;
import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints what was done. */
final class Deeds {
    private final Style style;
    private final Clock clock;
    private final PrintStream out;

    Deeds(Style style, Clock clock, PrintStream out) {
        this.style = style;
        this.clock = clock;
        this.out = out;
    }

    void done(Output.Deed deed, Vm vm, Snapshot snapshot) {
        out.println(style.good(deed.name().toLowerCase(Locale.ROOT)) + " " + named(snapshot) + " of "
                + style.safe(vm.name()));
        if (deed == Output.Deed.CREATED) {
            snapshot.receipt().ifPresent(receipt -> {
                out.println(style.paragraph(2, cost(snapshot, receipt)));
                receipt.notes().forEach(note -> out.println(style.note(note)));
            });
        }
        snapshot.labels().expiresAt().ifPresent(at -> out.println("  " + end(at)));
    }

    void restored(Vm vm, Restored restored) {
        Certificate certificate = restored.certificate();
        out.println(style.good("restored") + " " + named(restored.snapshot()) + " of " + style.safe(vm.name()));
        String stopped = certificate
                .downtime()
                .filter(time -> !time.isZero() && certificate.power() != PowerState.OFF)
                .map(time -> ", did not run for " + Units.duration(time))
                .orElse("");
        out.println("  " + Units.words(certificate.power()) + stopped);
        String done = certificate.lines().stream()
                .filter(line -> line.outcome() == Certificate.Outcome.DONE)
                .map(line -> Units.words(line.hazard()))
                .collect(Collectors.joining(", "));
        if (!done.isEmpty()) {
            out.println(style.paragraph(2, "done: " + done));
        }
        certificate
                .couldNot()
                .forEach(line -> out.println(style.paragraph(
                        2, "could not, " + Units.words(line.hazard()) + ":", style::warning, line.why())));
    }

    void cloned(Vm vm, Optional<Snapshot> of, List<Volume> copies) {
        out.println(style.good("cloned") + " "
                + of.map(snapshot -> named(snapshot) + " of " + style.safe(vm.name()))
                        .orElse("the present state of " + style.safe(vm.name())));
        for (Volume copy : copies) {
            out.println("  " + style.safe(copy.target()) + ": " + style.safe(copy.source()));
            out.println("    " + style.safe(copy.format()) + ", " + Units.kind(copy.kind()) + ", driver "
                    + style.safe(copy.storage()));
        }
    }

    void deleted(Vm vm, List<Snapshot> gone, SnapshotTree left) {
        if (gone.isEmpty()) {
            out.println("Nothing to delete: " + style.safe(vm.name()) + " has no such snapshot any more.");
        }
        gone.forEach(snapshot -> gone(vm, snapshot));
        out.println(Units.count(left.size(), "snapshot") + " left");
    }

    void expired(List<Due> due) {
        if (due.isEmpty()) {
            out.println("No snapshot has expired.");
        }
        for (Due one : due) {
            one.deleted().forEach(snapshot -> gone(one.vm(), snapshot));
            one.left()
                    .forEach(snapshot -> out.println(style.bad("not deleted") + " " + named(snapshot) + " of "
                            + style.safe(one.vm().name())));
            one.failure().ifPresent(failure -> Complaint.print(out, style, 2, failure));
        }
    }

    void migrated(Vm vm, String node, SnapshotTree tree) {
        out.println(style.good("migrated") + " " + style.safe(vm.name()) + " to node " + style.safe(node) + " with "
                + Units.count(tree.size(), "snapshot"));
    }

    private void gone(Vm vm, Snapshot snapshot) {
        out.println(style.good("deleted") + " " + named(snapshot) + " of " + style.safe(vm.name()));
    }

    private String end(Instant at) {
        return Units.expiry(at, clock) + ": " + Units.second(at, clock.getZone());
    }

    private static String cost(Snapshot snapshot, Snapshot.Receipt receipt) {
        String ram = snapshot.ram() ? "RAM " + Units.bytes(receipt.ramBytes()) + ", " : "";
        String held = receipt.pause().isZero() ? "" : "guest held " + Units.duration(receipt.pause()) + ", ";
        return ram + held + Units.consistency(receipt.consistency()) + " consistency";
    }

    private String named(Snapshot snapshot) {
        return "\"" + style.safe(snapshot.name()) + "\" (" + snapshot.id() + ")";
    }
}
