package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.HypervisorDriver.Hold;
import dev.vmsnap.spi.HypervisorDriver.Quiesce;
import java.time.Duration;
import java.util.Map;

/** What the guest feels: freeze and thaw, hold and release, stop and start. */
final class GuestEffects {

    private static final long SLOWEST_BYTES_PER_SECOND = 10L << 20;

    private GuestEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.FREEZE,
                new Freeze(),
                StepKind.THAW,
                (work, nothing) -> thawFrozen(work),
                StepKind.HOLD,
                new HoldGuest(),
                StepKind.RELEASE,
                (work, nothing) -> release(work),
                StepKind.STOP,
                new Stop(),
                StepKind.START,
                (work, nothing) -> start(work, RestoreEffects.startsHeld(work)));
    }

    private static final class Freeze implements Effect {
        @Override
        public void run(Work work, String nothing) {
            work.freezeBegins();
            try {
                work.role(Quiesce.class)
                        .freeze(work.vm(), work.wiring().limits().freeze());
            } catch (DriverException e) {
                if (e.reason() != DriverException.Reason.IN_USE) {
                    thawAfter(work, e);
                }
                work.forgetFreeze();
                if (required(work)) {
                    throw e;
                }
                work.note("The guest could not be frozen: " + e.getMessage());
            }
        }

        @Override
        public void undo(Work work, String nothing) {
            boolean mayBeFrozen = work.isFrozen() || work.afterCrash();
            if (mayBeFrozen && work.description().power() == PowerState.RUNNING) {
                thaw(work);
            }
        }
    }

    private static final class HoldGuest implements Effect {
        @Override
        public void run(Work work, String nothing) {
            Duration deadline = deadline(work);
            Hold role = work.role(Hold.class);
            role.guard(work.vm(), deadline);
            work.holdBegins();
            work.guard(
                    HoldGuard.over(deadline, () -> work.roleToLetGo(Hold.class).release(work.vm())));
            role.hold(work.vm());
            work.changed();
        }

        @Override
        public void undo(Work work, String nothing) {
            boolean letGo = work.endGuard();
            work.changed();
            PowerState power = work.description().power();
            // Also of a guest that runs: the node need not guard it any longer.
            if (!letGo && (power == PowerState.PAUSED || power == PowerState.RUNNING)) {
                letGo(work);
            }
        }

        /** The time that cutting may take, and that RAM needs on slow storage. */
        private static Duration deadline(Work work) {
            boolean ram = StepRunner.steps(work.entry()).stream().anyMatch(s -> s.kind() == StepKind.SAVE_RAM_BESIDE);
            Duration cut = work.wiring().limits().hold();
            return ram ? cut.plusSeconds(work.description().memoryBytes() / SLOWEST_BYTES_PER_SECOND) : cut;
        }
    }

    private static final class Stop implements Effect {
        @Override
        public void run(Work work, String nothing) {
            work.guestStops();
            work.hypervisor().stop(work.vm());
            work.changed();
        }

        @Override
        public void undo(Work work, String nothing) {
            work.changed();
            if (!work.description().power().isActive() && work.powerBefore().isActive()) {
                start(work, work.powerBefore() == PowerState.PAUSED);
            }
        }
    }

    /** Thaws what the freeze has frozen; it counts only if nobody else has thawed it before the cut. */
    private static void thawFrozen(Work work) {
        if (!work.isFrozen() || thaw(work)) {
            return;
        }
        String why = "The guest was frozen for too long and was thawed before its disks were cut.";
        if (required(work)) {
            throw new DriverException("core", DriverException.Reason.TIMEOUT, why);
        }
        work.forgetFreeze();
        work.note(why);
    }

    private static boolean thaw(Work work) {
        boolean was = work.roleToLetGo(Quiesce.class).thaw(work.vm());
        work.freezeEnds();
        return was;
    }

    /** Thaws a guest that could not be frozen, should that be needed; the driver sees to it by itself if this fails too. */
    private static void thawAfter(Work work, DriverException failure) {
        try {
            thaw(work);
        } catch (DriverException e) {
            failure.addSuppressed(e);
        }
    }

    private static boolean required(Work work) {
        return SnapshotSpec.Quiesce.REQUIRE.name().equals(work.entry().facts().get(Facts.QUIESCE));
    }

    private static void release(Work work) {
        if (work.endGuard() || !letGo(work)) {
            throw new DriverException(
                    "core",
                    DriverException.Reason.TIMEOUT,
                    "The guest was held for too long and was let go, so its disks are not from one instant.");
        }
    }

    private static boolean letGo(Work work) {
        boolean held = work.roleToLetGo(Hold.class).release(work.vm());
        work.holdEnds();
        work.changed();
        return held;
    }

    private static void start(Work work, boolean held) {
        work.hypervisor().start(work.vm(), held);
        work.guestContinues();
        work.changed();
    }
}
