package dev.vmsnap.core.internal.run;

import dev.vmsnap.CancelledException;
import dev.vmsnap.Operation.Progress;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.Verb;
import dev.vmsnap.core.internal.plan.PlannedStep;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.JournalEntry.Mark;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the steps of an operation in order, with a mark in the journal before and after each. What to do when one fails
 * is {@link Aftermath}'s business.
 */
final class StepRunner {
    private static final Logger LOG = LoggerFactory.getLogger(StepRunner.class);

    private final Events events;
    private final Aftermath aftermath;

    StepRunner(Events events, Aftermath aftermath) {
        this.events = events;
        this.aftermath = aftermath;
    }

    /** Runs everything from a step on, then closes the entry. */
    void run(Work work, int first, Consumer<Progress> progress) {
        List<PlannedStep> steps = steps(work.entry());
        int at = first;
        try {
            for (; at < steps.size(); at++) {
                if (at >= work.entry().pointOfNoReturn()) {
                    work.goToTheEnd();
                } else if (work.isCancelled()) {
                    throw new CancelledException("The operation was cancelled before '"
                            + steps.get(at).label() + "'; everything was undone.");
                }
                step(work, steps, at, progress);
            }
            work.wiring().store().close(work.entry().operation(), work.lease());
        } catch (RuntimeException failure) {
            throw aftermath.settle(work, Math.min(at, steps.size() - 1), failure);
        }
        progress.accept(new Progress("DONE", "", "done", 1));
        boolean restored = work.entry().verb() == Verb.RESTORE;
        events.tell(work.entry(), Phase.FINISHED, restored ? Certificates.report(work) : "");
    }

    private void step(Work work, List<PlannedStep> steps, int at, Consumer<Progress> progress) {
        PlannedStep step = steps.get(at);
        work.tenure().stepBegins();
        mark(work, at, Mark.STARTED);
        events.tell(
                work.entry(),
                Phase.STEP,
                step.label(),
                Map.of("step", step.kind().name(), "subject", step.subject()));
        double base = weight(steps.subList(0, at));
        double whole = weight(steps);
        progress.accept(progress(step, base / whole));
        work.progressTo(part -> progress.accept(progress(
                step, (base + Math.max(0, Math.min(1, part)) * step.kind().weight()) / whole)));
        try {
            Effects.of(step.kind()).run(work, step.subject());
        } catch (RuntimeException e) {
            if (!step.kind().bestEffort()) {
                throw e;
            }
            LOG.warn("VM {}: '{}' failed and is left for later: {}", work.vm(), step.label(), e.getMessage(), e);
        }
        mark(work, at, Mark.DONE);
    }

    /** Writes the manifests of the storages that a snapshot lies on, as far as that goes. */
    void publish(Work work, Snapshot snapshot) {
        for (String storage : Survey.byStorage(snapshot.volumes()).keySet()) {
            try {
                Effects.of(StepKind.PUBLISH).run(work, storage);
            } catch (RuntimeException e) {
                LOG.warn("VM {}: the manifest on {} was not written: {}", work.vm(), storage, e.getMessage(), e);
            }
        }
    }

    private static void mark(Work work, int at, Mark mark) {
        work.wiring().store().mark(work.entry().operation(), at, mark, work.lease());
    }

    private static double weight(List<PlannedStep> steps) {
        return steps.stream().mapToInt(s -> s.kind().weight()).sum();
    }

    private static Progress progress(PlannedStep step, double fraction) {
        return new Progress(step.kind().name(), step.subject(), step.label(), fraction);
    }

    /** Returns the progress of an operation of any process, by its marks; its steps may be of a newer version. */
    static Progress progress(JournalEntry entry) {
        Progress progress = RunningOperation.WAITING;
        double done = 0;
        double whole = entry.steps().stream().mapToInt(StepRunner::weight).sum();
        for (JournalEntry.Step step : entry.steps()) {
            if (step.mark() == Mark.STARTED || step.mark() == Mark.DONE) {
                String label = StepKind.find(step.kind())
                        .map(kind -> new PlannedStep(kind, step.subject()).label())
                        .orElse(step.kind());
                done += step.mark() == Mark.DONE ? weight(step) : 0;
                progress = new Progress(step.kind(), step.subject(), label, done / whole);
            }
        }
        return progress;
    }

    private static int weight(JournalEntry.Step step) {
        return StepKind.find(step.kind()).map(StepKind::weight).orElse(1);
    }

    static List<PlannedStep> steps(JournalEntry entry) {
        return entry.steps().stream()
                .map(s -> new PlannedStep(StepKind.valueOf(s.kind()), s.subject()))
                .toList();
    }
}
