package dev.vmsnap.kvm;

import dev.vmsnap.PowerState;
import java.util.Optional;

/**
 * A domain's state in libvirt's numbers.
 *
 * @param state a {@code virDomainState}
 * @param reason why, in numbers that depend on the state
 */
record State(int state, int reason) {
    private static final int RUNNING = 1;
    private static final int BLOCKED = 2;
    private static final int PAUSED = 3;
    private static final int SHUT_OFF = 5;

    private static final int PAUSED_MIGRATION = 2;
    private static final int PAUSED_SAVE = 3;
    private static final int PAUSED_DUMP = 4;
    private static final int PAUSED_SHUTTING_DOWN = 8;
    private static final int PAUSED_SNAPSHOT = 9;
    private static final int PAUSED_CRASHED = 10;
    private static final int PAUSED_STARTING_UP = 11;
    private static final int PAUSED_POSTCOPY = 12;
    private static final int PAUSED_POSTCOPY_FAILED = 13;

    PowerState power() {
        return switch (state) {
            case RUNNING, BLOCKED -> PowerState.RUNNING;
            case PAUSED -> pausedForGood() ? PowerState.OTHER : PowerState.PAUSED;
            case SHUT_OFF -> PowerState.OFF;
            default -> PowerState.OTHER;
        };
    }

    /** The work that a guest was paused for; libvirt leaves the reason when the work has ended. */
    Optional<String> job() {
        if (state != PAUSED) {
            return Optional.empty();
        }
        return switch (reason) {
            case PAUSED_MIGRATION, PAUSED_POSTCOPY -> Optional.of("migration");
            case PAUSED_SAVE -> Optional.of("save");
            case PAUSED_DUMP -> Optional.of("dump");
            case PAUSED_SNAPSHOT -> Optional.of("snapshot");
            default -> Optional.empty();
        };
    }

    private boolean pausedForGood() {
        return reason == PAUSED_SHUTTING_DOWN
                || reason == PAUSED_CRASHED
                || reason == PAUSED_STARTING_UP
                || reason == PAUSED_POSTCOPY
                || reason == PAUSED_POSTCOPY_FAILED;
    }
}
