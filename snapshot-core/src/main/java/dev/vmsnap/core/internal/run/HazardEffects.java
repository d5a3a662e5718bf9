package dev.vmsnap.core.internal.run;

import dev.vmsnap.Certificate.Hazard;
import dev.vmsnap.Certificate.Line;
import dev.vmsnap.Certificate.Outcome;
import dev.vmsnap.DriverException;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Deals with the hazards of a guest that goes back in time. Only the removal of bitmaps can fail a restore, because no
 * image goes back with them; the certificate states the outcome of everything else.
 */
final class HazardEffects {
    private HazardEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.DROP_BITMAPS, HazardEffects::dropBitmaps,
                StepKind.FORGET_CHECKPOINTS, (work, nothing) -> forgetCheckpoints(work),
                StepKind.RENEW_GENERATION_ID, (work, nothing) -> renewGenerationId(work),
                StepKind.SET_CLOCK, (work, nothing) -> setClock(work),
                StepKind.REFRESH_METADATA, (work, nothing) -> refreshMetadata(work));
    }

    private static void dropBitmaps(Work work, String storage) {
        List<Volume> volumes = RestoreEffects.volumes(work, storage).stream()
                .filter(RestoreEffects.presentIn(work))
                .toList();
        if (work.storage(storage) instanceof StorageDriver.BitmapRemoval removal) {
            removal.dropBitmaps(volumes, work.call());
            return;
        }
        throw new DriverException(
                storage, DriverException.Reason.BROKEN, "Storage driver " + storage + " cannot remove dirty bitmaps.");
    }

    private static void forgetCheckpoints(Work work) {
        attempt(work, Hazard.CHECKPOINTS, () -> {
            int forgotten = work.role(HypervisorDriver.Checkpoints.class).forgetCheckpoints(work.vm());
            // After a crash an earlier attempt may have forgotten them.
            return forgotten == 0 && !work.afterCrash()
                    ? new Line(Hazard.CHECKPOINTS, Outcome.NOT_NEEDED, "The VM has no checkpoints.")
                    : new Line(
                            Hazard.CHECKPOINTS, Outcome.DONE, "The checkpoints of the dropped bitmaps are forgotten.");
        });
    }

    private static void renewGenerationId(Work work) {
        if (!RestoreEffects.hasGenerationId(work)) {
            return;
        }
        attempt(work, Hazard.GENERATION_ID, () -> {
            work.role(HypervisorDriver.GenerationIds.class).renew(work.vm());
            return new Line(Hazard.GENERATION_ID, Outcome.DONE, "The VM has a new one from its next start on.");
        });
    }

    private static void setClock(Work work) {
        attempt(work, Hazard.CLOCK, () -> {
            work.role(HypervisorDriver.GuestClock.class).set(work.vm());
            return new Line(Hazard.CLOCK, Outcome.DONE, "The guest agent has set the clock to the present.");
        });
    }

    private static void refreshMetadata(Work work) {
        attempt(work, Hazard.METADATA, () -> {
            work.role(HypervisorDriver.Metadata.class).refreshMetadata(work.vm());
            return new Line(Hazard.METADATA, Outcome.DONE, "The running guest has the present metadata.");
        });
    }

    private static void attempt(Work work, Hazard hazard, Supplier<Line> act) {
        Line line;
        try {
            line = act.get();
        } catch (DriverException e) {
            if (e.reason() == DriverException.Reason.LEASE_LOST) {
                throw e;
            }
            line = new Line(hazard, Outcome.COULD_NOT, String.valueOf(e.getMessage()));
        }
        Certificates.remember(work, line);
    }
}
