package dev.vmsnap.testkit;

import dev.vmsnap.DriverException.Reason;
import java.util.Optional;

/** One fault that was set; guarded by the monitor of its {@link Faults}. */
final class Fault {
    private final Optional<Faults.Point> point;
    private final int number;
    private final Faults.Moment moment;
    private final Kind kind;
    private final Reason reason;
    private int seen;
    private boolean released;

    /** What it does. */
    enum Kind {
        FAIL,
        HANG,
        CRASH
    }

    /** Makes one for the call with that number, counted from now; 0 for every call. */
    Fault(Optional<Faults.Point> point, int number, Faults.Moment moment, Kind kind, Reason reason) {
        this.point = point;
        this.number = number;
        this.moment = moment;
        this.kind = kind;
        this.reason = reason;
    }

    static int requireNumber(int call) {
        if (call < 1) {
            throw new IllegalArgumentException("calls are counted from 1");
        }
        return call;
    }

    Faults.Moment moment() {
        return moment;
    }

    Kind kind() {
        return kind;
    }

    Reason reason() {
        return reason;
    }

    /** Counts a call and tells whether it is to be struck. */
    boolean counts(Faults.Point call) {
        if (point.isPresent() && point.get() != call) {
            return false;
        }
        seen++;
        return number == 0 || seen == number;
    }

    boolean isSpent() {
        return number > 0 && seen >= number;
    }

    boolean reached() {
        return kind == Kind.HANG && seen > 0 && (number == 0 || seen >= number);
    }

    boolean hangs() {
        return kind == Kind.HANG && !released;
    }

    void release() {
        released = true;
    }
}
