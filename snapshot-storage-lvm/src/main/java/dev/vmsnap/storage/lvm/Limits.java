package dev.vmsnap.storage.lvm;

import java.time.Duration;

/**
 * How long LVM's commands may take.
 *
 * @param timeout for commands that change something, of one verb; copying gets more
 * @param deadline for a report, which changes nothing
 */
record Limits(Duration timeout, Duration deadline) {
    Limits {
        for (Duration limit : new Duration[] {timeout, deadline}) {
            if (limit.isNegative() || limit.isZero()) {
                throw new IllegalArgumentException("a time limit is longer than nothing");
            }
        }
    }

    Limits withTimeout(Duration limit) {
        return new Limits(limit, deadline);
    }

    Limits withDeadline(Duration limit) {
        return new Limits(timeout, limit);
    }
}
