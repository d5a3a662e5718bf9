package dev.vmsnap.testkit;

import dev.vmsnap.DriverException.Reason;
import java.util.ArrayList;
import java.util.List;

/** The line between this machine and a node, with what is wrong with it. Guarded by the faults of the datacenter. */
final class Line {
    private final boolean closable;
    private final List<Reason> outage = new ArrayList<>();
    private int closes;
    private int lateCalls;

    /**
     * Makes one that works.
     *
     * @param closable whether closing it ends it: the node itself outlives the engines of a test
     */
    Line(boolean closable) {
        this.closable = closable;
    }

    boolean isClosable() {
        return closable;
    }

    List<Reason> outage() {
        return outage;
    }

    void close() {
        closes++;
    }

    int closes() {
        return closes;
    }

    /** Notes a call, and tells whether the line was closed before. */
    boolean isClosedForCall() {
        boolean closed = closable && closes > 0;
        lateCalls += closed ? 1 : 0;
        return closed;
    }

    int lateCalls() {
        return lateCalls;
    }
}
