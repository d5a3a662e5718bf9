package dev.vmsnap.core.internal.run;

import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Says in which state an interrupted restore has left the disks, from the marks of its steps. */
final class RestoreState {
    private static final Set<StepKind> CHANGING =
            EnumSet.of(StepKind.APPLY, StepKind.APPLY_PRESENT, StepKind.LOAD_RAM_IN_IMAGES);

    private RestoreState() {}

    static String of(JournalEntry entry) {
        List<Mark> marks = entry.steps().stream()
                .filter(step -> CHANGING.stream().anyMatch(kind -> kind.name().equals(step.kind())))
                .map(JournalEntry.Step::mark)
                .toList();
        if (marks.stream().allMatch(mark -> mark == Mark.PLANNED)) {
            return "the VM is off and its disks are as they were";
        }
        return marks.stream().allMatch(mark -> mark == Mark.DONE)
                ? "the VM is off and its disks are as the snapshot has them"
                : "the VM is off and its disks may be between two states";
    }
}
