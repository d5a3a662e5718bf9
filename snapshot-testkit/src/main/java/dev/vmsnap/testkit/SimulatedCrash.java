package dev.vmsnap.testkit;

/**
 * The process has died, as far as the fakes are concerned: from now on each of them throws this, so that no cleanup code
 * of the dead process has any effect, until {@link Datacenter#reboot()}. An {@link Error}, so that nobody handles it.
 */
public final class SimulatedCrash extends Error {
    private static final long serialVersionUID = 1L;

    SimulatedCrash(String message) {
        super(message);
    }
}
