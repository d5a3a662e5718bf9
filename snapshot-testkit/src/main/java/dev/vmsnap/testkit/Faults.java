package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What goes wrong in a {@link Datacenter}, and the record of every call that its fakes got. Thread-safe.
 *
 * <p>Call numbers count from the moment at which a fault is set, so {@code failOn(STORAGE_CUT).onCall(2)} is the second
 * cut from now. A fault on a numbered call strikes once.
 */
public final class Faults {
    private static final Duration FOR_EVER = Duration.ofDays(1);

    private final Runnable tick;
    private final List<Fault> faults = new ArrayList<>();
    private final List<Call> calls = new ArrayList<>();
    private boolean dead;
    private int lives;

    Faults(Runnable tick) {
        this.tick = tick;
    }

    /** A call of a fake that can go wrong. */
    public enum Point {
        HYPERVISOR_VERSION,
        HYPERVISOR_VMS,
        HYPERVISOR_FIND,
        HYPERVISOR_CONFIGURATION,
        HYPERVISOR_DEFINE,
        HYPERVISOR_FORGET,
        HYPERVISOR_STOP,
        HYPERVISOR_START,
        HYPERVISOR_COMPLETE_RESTORE,
        HYPERVISOR_GUARD,
        HYPERVISOR_HOLD,
        HYPERVISOR_RELEASE,
        HYPERVISOR_OBSTACLES,
        HYPERVISOR_FREEZE,
        HYPERVISOR_THAW,
        IMAGES_LIST,
        IMAGES_CUT,
        IMAGES_DELETE,
        IMAGES_RECLAIM,
        RAM_SAVE,
        RAM_RESTORE,
        RAM_BESIDE_SAVE,
        RAM_BESIDE_RESTORE,
        MACHINE_STATE_READ,
        MACHINE_STATE_WRITE,
        GENERATION_ID_RENEW,
        GUEST_CLOCK_SET,
        CHECKPOINTS_FORGET,
        METADATA_REFRESH,
        COMMAND_RUN,
        FILE_READ,
        FILE_WRITE,
        FILE_DELETE,
        FILE_SYSTEM,
        STORAGE_CLAIM,
        STORAGE_INSPECT,
        STORAGE_PREPARE,
        STORAGE_CUT,
        STORAGE_RESTORE,
        STORAGE_DROP_BITMAPS,
        STORAGE_DELETE,
        STORAGE_RECLAIM,
        STORAGE_PUBLISH,
        /** {@link dev.vmsnap.spi.StorageDriver.Rebuilding#published}. */
        STORAGE_PUBLISHED,
        /** {@link dev.vmsnap.spi.StorageDriver.Rebuilding#takeOver}. */
        STORAGE_TAKE_OVER,
        /** {@link dev.vmsnap.spi.StorageDriver.Rebuilding#supersede}. */
        STORAGE_SUPERSEDE,
        STORAGE_RESERVE_RAM,
        STORAGE_OPEN_RAM,
        STORAGE_KEEP_RAM,
        STORAGE_CLOSE_RAM,
        STORAGE_RELEASE,
        STORAGE_ADOPT,
        STORAGE_COPY_OBJECTIONS,
        STORAGE_COPY,
        STORAGE_REVEAL,
        STORAGE_DISCARD,
        STORAGE_HAND_OVER,
        STORE_FIND,
        STORE_ALL,
        STORE_SAVE,
        STORE_FORGET,
        STORE_SAVE_CONFIGURATION,
        STORE_CONFIGURATIONS,
        STORE_TEMPLATES,
        STORE_SAVE_TEMPLATE,
        STORE_REMOVE_TEMPLATE,
        STORE_ACQUIRE,
        STORE_RENEW,
        STORE_RELEASE,
        STORE_LEASES,
        STORE_REQUEST_CANCEL,
        STORE_CANCEL_REQUESTS,
        STORE_OPEN,
        STORE_MARK,
        STORE_NOTE,
        STORE_CLOSE,
        STORE_JOURNAL
    }

    /** When in a call a fault strikes. */
    public enum Moment {
        /** Before the call has any effect. */
        BEFORE,
        /**
         * Between the parts of a call that works on several disks or in stages, with only some of them done; in a call
         * that is a single act like {@link #AFTER}.
         */
        HALFWAY,
        /** When the call has had its effect; only the answer is lost. */
        AFTER
    }

    /**
     * One call that a fake got.
     *
     * @param number counted from 1 since {@link #forgetCalls()}
     * @param point which call
     * @param subject what it was about: a VM, a file, a command; may be empty
     */
    public record Call(int number, Point point, String subject) {}

    /**
     * Begins a fault: the call fails or hangs.
     *
     * @param point in which call
     * @return to be completed with {@link Failure#with} or {@link Failure#hangUntilReleased}
     */
    public Failure failOn(Point point) {
        return new Failure(this, point);
    }

    /**
     * Begins a crash: the process dies in the call.
     *
     * @param point in which call
     * @return to be completed with {@link Crash#onCall}
     */
    public Crash crashOn(Point point) {
        return new Crash(this, point);
    }

    /**
     * Has the process die in the n-th call from now, whichever it is.
     *
     * @param number from 1
     * @param moment when in that call
     */
    public void crashOnCall(int number, Moment moment) {
        add(new Fault(Optional.empty(), number, moment, Fault.Kind.CRASH, Reason.BROKEN));
    }

    /**
     * Has the process stand still in the n-th call from now, whichever it is, before the call has any effect.
     *
     * @param number from 1
     * @return to wait for it and to let the process go on
     */
    public Hang hangOnCall(int number) {
        Fault fault = new Fault(
                Optional.empty(), Fault.requireNumber(number), Moment.BEFORE, Fault.Kind.HANG, Reason.TIMEOUT);
        add(fault);
        return new Hang(this, fault);
    }

    /**
     * Returns the calls that came since {@link #forgetCalls()}; a call that was struck counts, one into a dead process
     * does not.
     *
     * @return the calls in order
     */
    public synchronized List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Begins counting {@link #calls()} anew. */
    public synchronized void forgetCalls() {
        calls.clear();
    }

    /** Takes back every fault that has not struck, and releases what hangs. */
    public synchronized void clear() {
        faults.forEach(Fault::release);
        faults.clear();
        notifyAll();
    }

    /**
     * Tells whether a crash has struck.
     *
     * @return true until {@link Datacenter#reboot()}
     */
    public synchronized boolean crashed() {
        return dead;
    }

    synchronized void reboot() {
        dead = false;
        lives++;
        notifyAll();
    }

    synchronized void add(Fault fault) {
        faults.add(fault);
    }

    synchronized void release(Fault fault) {
        fault.release();
        notifyAll();
    }

    synchronized boolean awaitReached(Fault fault, Duration deadline) {
        return await(fault::reached, deadline);
    }

    /** Keeps a call waiting; it dies with its process. */
    synchronized void hangWhile(BooleanSupplier condition) {
        int life = lives;
        await(() -> !condition.getAsBoolean() || isDead(life), FOR_EVER);
        requireAlive(life);
    }

    /** Lets a call happen, unless a fault strikes it. All calls of one datacenter happen one after the other. */
    synchronized <T> T ask(String driver, Point point, String subject, Effect<T> effect) {
        int life = lives;
        requireAlive(life);
        tick.run();
        calls.add(new Call(calls.size() + 1, point, subject));
        Strike strike = new Strike(driver, point, strikeAt(point));
        if (strike.hangs()) {
            notifyAll();
            await(() -> !strike.hangs() || isDead(life), FOR_EVER);
            requireAlive(life);
        }
        strike.at(Moment.BEFORE);
        T result = effect.happen(() -> strike.at(Moment.HALFWAY));
        strike.at(Moment.HALFWAY);
        strike.at(Moment.AFTER);
        return result;
    }

    <T> T ask(String driver, Point point, String subject, Supplier<T> effect) {
        return this.<T>ask(driver, point, subject, halfway -> effect.get());
    }

    void run(String driver, Point point, String subject, Runnable effect) {
        ask(driver, point, subject, halfway -> {
            effect.run();
            return true;
        });
    }

    /** What a call does; it runs the given code where it is half done. */
    @FunctionalInterface
    interface Effect<T> {
        T happen(Runnable halfway);
    }

    private Optional<Fault> strikeAt(Point point) {
        List<Fault> hits = faults.stream().filter(fault -> fault.counts(point)).toList();
        faults.removeIf(Fault::isSpent);
        return hits.stream().findFirst();
    }

    private void requireAlive(int life) {
        if (isDead(life)) {
            throw new SimulatedCrash("the process has died");
        }
    }

    private boolean isDead(int life) {
        return dead || life != lives;
    }

    /** Waits, letting go of the monitor meanwhile. */
    private boolean await(BooleanSupplier reached, Duration deadline) {
        long end = System.nanoTime() + deadline.toNanos();
        try {
            while (!reached.getAsBoolean()) {
                long left = (end - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    return false;
                }
                wait(left);
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DriverException("testkit", Reason.TIMEOUT, "interrupted while it hung", e);
        }
    }

    /** The fault, if any, of one call. */
    private final class Strike {
        private final String driver;
        private final Point point;
        private Optional<Fault> fault;

        Strike(String driver, Point point, Optional<Fault> fault) {
            this.driver = driver;
            this.point = point;
            this.fault = fault;
        }

        boolean hangs() {
            return fault.filter(Fault::hangs).isPresent();
        }

        void at(Moment moment) {
            Optional<Fault> due = fault.filter(f -> f.moment() == moment);
            if (due.isEmpty()) {
                return;
            }
            fault = Optional.empty();
            switch (due.get().kind()) {
                case CRASH -> {
                    dead = true;
                    Faults.this.notifyAll();
                    throw new SimulatedCrash("the process dies " + moment + " " + point);
                }
                case FAIL ->
                    throw new DriverException(
                            driver, due.get().reason(), "a fault was set on " + point + ", " + moment);
                case HANG -> {}
            }
        }
    }

    /** A failure that is being described. */
    public static final class Failure {
        private final Faults faults;
        private final Point point;
        private int number;
        private Moment moment = Moment.BEFORE;

        Failure(Faults faults, Point point) {
            this.faults = faults;
            this.point = point;
        }

        /**
         * Strikes one call only; without this every one.
         *
         * @param call from 1
         * @return this
         */
        public Failure onCall(int call) {
            number = Fault.requireNumber(call);
            return this;
        }

        /**
         * Strikes at another moment than before the effect.
         *
         * @param when the moment
         * @return this
         */
        public Failure at(Moment when) {
            moment = when;
            return this;
        }

        /**
         * Has the call fail.
         *
         * @param reason the reason that its {@link DriverException} gives
         */
        public void with(Reason reason) {
            faults.add(new Fault(Optional.of(point), number, moment, Fault.Kind.FAIL, reason));
        }

        /**
         * Has the call wait, and go on when it is released.
         *
         * @return to wait for it and to release it
         */
        public Hang hangUntilReleased() {
            Fault fault = new Fault(Optional.of(point), number, Moment.BEFORE, Fault.Kind.HANG, Reason.TIMEOUT);
            faults.add(fault);
            return new Hang(faults, fault);
        }
    }

    /** A crash that is being described. */
    public static final class Crash {
        private final Faults faults;
        private final Point point;
        private Moment moment = Moment.BEFORE;

        Crash(Faults faults, Point point) {
            this.faults = faults;
            this.point = point;
        }

        /**
         * Strikes at another moment than before the effect.
         *
         * @param when the moment
         * @return this
         */
        public Crash at(Moment when) {
            moment = when;
            return this;
        }

        /**
         * Sets the crash.
         *
         * @param call from 1
         */
        public void onCall(int call) {
            faults.add(
                    new Fault(Optional.of(point), Fault.requireNumber(call), moment, Fault.Kind.CRASH, Reason.BROKEN));
        }
    }

    /** A call that hangs. */
    public static final class Hang {
        private final Faults faults;
        private final Fault fault;

        Hang(Faults faults, Fault fault) {
            this.faults = faults;
            this.fault = fault;
        }

        /**
         * Waits until a call hangs here.
         *
         * @param deadline how long to wait
         * @return false when the time is over
         */
        public boolean awaitReached(Duration deadline) {
            return faults.awaitReached(fault, deadline);
        }

        /** Lets the call go on. */
        public void release() {
            faults.release(fault);
        }
    }
}
