package dev.vmsnap.testkit;

import dev.vmsnap.PowerState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The running part of a VM: processors, RAM, and file systems that can be frozen. Guarded by its datacenter. */
final class Guest {
    private final Clock clock;
    private PowerState power = PowerState.RUNNING;
    private String ram = "";
    private Optional<String> savedState = Optional.empty();
    private Optional<Instant> heldSince = Optional.empty();
    private Optional<Instant> frozenSince = Optional.empty();
    private Duration heldFor = Duration.ZERO;
    private Duration frozenFor = Duration.ZERO;
    private int holds;
    private int freezes;
    private int boots;
    private boolean withoutDisks;

    Guest(Clock clock) {
        this.clock = clock;
    }

    PowerState power() {
        return power;
    }

    void power(PowerState next) {
        if (!next.isActive()) {
            stop();
        } else {
            if (!power.isActive()) {
                boot(false);
            }
            endHold();
            withoutDisks &= next == PowerState.PAUSED;
            power = next;
        }
    }

    String ram() {
        if (!power.isActive()) {
            throw new IllegalStateException("a VM that is off has no RAM");
        }
        return ram;
    }

    void remember(String content) {
        if (power != PowerState.RUNNING) {
            throw new IllegalStateException("a guest that is " + power + " cannot write to its RAM");
        }
        ram = content;
    }

    void requireCanWrite() {
        if (isFrozen()) {
            throw new IllegalStateException("a guest whose file systems are frozen cannot write");
        }
        if (power.isActive() && power != PowerState.RUNNING) {
            throw new IllegalStateException("a guest that is " + (isHeld() ? "held" : power) + " cannot write");
        }
    }

    void saveState() {
        savedState = Optional.of(ram());
        stop();
    }

    boolean hasSavedState() {
        return savedState.isPresent();
    }

    void hold() {
        if (power == PowerState.RUNNING) {
            power = PowerState.PAUSED;
            heldSince = Optional.of(clock.instant());
            holds++;
        }
    }

    /** Has its hypervisor let go of its disks, as QEMU does of a guest whose RAM it has saved beside them. */
    void letGoOfDisks() {
        withoutDisks = true;
    }

    boolean isWithoutDisks() {
        return withoutDisks && power == PowerState.PAUSED;
    }

    void release() {
        withoutDisks = false;
        endHold();
        power = PowerState.RUNNING;
    }

    void freeze() {
        frozenSince = Optional.of(clock.instant());
        freezes++;
    }

    boolean thaw() {
        boolean was = isFrozen();
        frozenSince.ifPresent(since -> frozenFor = frozenFor.plus(Duration.between(since, clock.instant())));
        frozenSince = Optional.empty();
        return was;
    }

    void boot(boolean held) {
        if (savedState.isEmpty()) {
            boots++;
        }
        ram = savedState.orElse("");
        savedState = Optional.empty();
        power = held ? PowerState.PAUSED : PowerState.RUNNING;
    }

    /** Goes on with saved RAM. */
    void resume(String saved, PowerState state) {
        savedState = Optional.empty();
        ram = saved;
        power = state;
    }

    void stop() {
        withoutDisks = false;
        endHold();
        thaw();
        ram = "";
        power = PowerState.OFF;
    }

    boolean isHeld() {
        return heldSince.isPresent();
    }

    boolean isFrozen() {
        return frozenSince.isPresent();
    }

    int holds() {
        return holds;
    }

    int freezes() {
        return freezes;
    }

    int boots() {
        return boots;
    }

    Duration heldFor() {
        return heldFor;
    }

    Duration frozenFor() {
        return frozenFor;
    }

    private void endHold() {
        heldSince.ifPresent(since -> heldFor = heldFor.plus(Duration.between(since, clock.instant())));
        heldSince = Optional.empty();
    }
}
