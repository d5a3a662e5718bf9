package dev.vmsnap.testkit;

import java.util.List;

/**
 * Holds the marks by which a guest and its backup tools notice that it went back in time. A VM begins with a clock that
 * is right, without a generation ID and without checkpoints. Thread-safe.
 */
public final class Reversion {
    private final Object lock;
    private boolean identified;
    private int generation;
    private boolean clockRight = true;
    private List<String> checkpoints = List.of();

    Reversion(Object lock) {
        this.lock = lock;
    }

    /**
     * Gives the VM a generation ID.
     *
     * @return this
     */
    public Reversion withGenerationId() {
        synchronized (lock) {
            identified = true;
            return this;
        }
    }

    /**
     * Returns how often the VM got a new generation ID.
     *
     * @return at least 0
     */
    public int generation() {
        synchronized (lock) {
            return generation;
        }
    }

    /**
     * Reports whether the guest's clock has the present time: not after its RAM was loaded, until somebody sets it.
     *
     * @return whether it is right
     */
    public boolean isClockRight() {
        synchronized (lock) {
            return clockRight;
        }
    }

    /**
     * Gives the VM checkpoints, which name dirty bitmaps.
     *
     * @param names replace those that it had
     */
    public void checkpoints(String... names) {
        synchronized (lock) {
            checkpoints = List.of(names);
        }
    }

    /**
     * Returns the checkpoints that the hypervisor knows.
     *
     * @return their names
     */
    public List<String> checkpoints() {
        synchronized (lock) {
            return checkpoints;
        }
    }

    boolean isIdentified() {
        return identified;
    }

    void renewGenerationId() {
        if (identified) {
            generation++;
        }
    }

    void boots() {
        clockRight = true;
    }

    void setClock() {
        clockRight = true;
    }

    void ramIsLoaded() {
        clockRight = false;
        renewGenerationId();
    }

    int forgetCheckpoints() {
        int count = checkpoints.size();
        checkpoints = List.of();
        return count;
    }
}
