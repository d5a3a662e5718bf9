package dev.vmsnap.core.internal.run;

import dev.vmsnap.SnapshotException;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Describes the state in which an interrupted restore has left the VM, and its disks from the marks of its steps. */
final class RestoreState {
    private static final Set<StepKind> CHANGING =
            EnumSet.of(StepKind.APPLY, StepKind.APPLY_PRESENT, StepKind.LOAD_RAM_IN_IMAGES);

    private RestoreState() {}

    static String of(Work work) {
        return power(work) + " and its disks " + disks(work.entry());
    }

    private static String power(Work work) {
        try {
            work.changed();
            return work.description().power().isActive() ? "the VM is on" : "the VM is off";
        } catch (SnapshotException unknown) {
            return "it is not known whether the VM is off,";
        }
    }

    private static String disks(JournalEntry entry) {
        List<Mark> marks = entry.steps().stream()
                .filter(step -> CHANGING.stream().anyMatch(kind -> kind.name().equals(step.kind())))
                .map(JournalEntry.Step::mark)
                .toList();
        if (marks.stream().allMatch(mark -> mark == Mark.PLANNED)) {
            return "are as they were";
        }
        return marks.stream().allMatch(mark -> mark == Mark.DONE)
                ? "are as the snapshot has them"
                : "may be between two states";
    }
}
