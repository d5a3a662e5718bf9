package dev.vmsnap.core;

import dev.vmsnap.core.internal.run.Engine;
import dev.vmsnap.core.internal.run.Wiring;

/** The engine of a wiring, under its public name. */
final class WiredEngine extends Engine implements SnapshotEngine {
    WiredEngine(Wiring wiring) {
        super(wiring);
    }
}
