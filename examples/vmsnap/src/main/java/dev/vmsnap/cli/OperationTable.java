package dev.vmsnap.cli;

import dev.vmsnap.Operation;
import dev.vmsnap.VmId;
import java.io.PrintStream;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Operations for a person, one a line. */
final class OperationTable {
    private final Style style;
    private final Clock clock;
    private final Map<VmId, Vm> vms;

    OperationTable(Style style, Clock clock, Map<VmId, Vm> vms) {
        this.style = style;
        this.clock = clock;
        this.vms = vms;
    }

    void print(PrintStream out, List<Operation.Summary> operations) {
        Table table = new Table(List.of("ID", "VM", "VERB", "BY", "BEGAN", "DONE", "STEP"), Set.of(1, 3, 6));
        for (Operation.Summary one : operations) {
            table.row(List.of(
                    style.safe(one.id()),
                    style.safe(VmLookup.named(vms, one.vm()).name()),
                    Choices.word(one.verb()),
                    style.safe(one.actor().map(actor -> actor.name()).orElse("-")),
                    Units.age(one.since(), clock),
                    String.format(Locale.ROOT, "%d %%", (int)
                            Math.floor(one.progress().fraction() * 100)),
                    style.safe(state(one))));
        }
        table.print(out, style);
    }

    private static String state(Operation.Summary one) {
        if (!one.alive()) {
            return "interrupted: run 'vmsnap recover'";
        }
        return one.cancelRequested()
                ? "is to stop: " + one.progress().step()
                : one.progress().step();
    }
}
