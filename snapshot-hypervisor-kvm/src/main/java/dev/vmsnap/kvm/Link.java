package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to one libvirt daemon. Every call runs on a thread of its own with a limit, on a connection that is made when
 * it is needed and made again when it was lost.
 *
 * <p>No two calls share a connection at a time. The library of libvirt 9.0 hands the socket from one waiting thread to
 * the next and then uses the stack of the first, which ends the process: two calls to a silent daemon are enough.
 */
final class Link implements AutoCloseable {
    /** Longer than the 30 seconds after which libvirt itself gives up waiting for another call on the same VM. */
    static final Duration SHORT = Duration.ofSeconds(45);

    /** Starting QEMU on a slow node. */
    static final Duration LONG = Duration.ofMinutes(5);

    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration CONNECT_ABANDONED = Duration.ofSeconds(60);
    private static final Duration GOODBYE = Duration.ofSeconds(1);
    private static final Duration WORTH_A_RETRY = Duration.ofSeconds(5);
    private static final int MOST_IDLE = 4;

    private final String uri;
    private final Supplier<String> address;
    private final Deque<Session> idle = new ArrayDeque<>();
    private @Nullable Opening opening;
    private boolean closed;

    /**
     * With an address that is asked for whenever a connection is made.
     *
     * @param uri what people know it by
     */
    Link(String uri, Supplier<String> address) {
        this.uri = uri;
        this.address = address;
    }

    /** Work on a connection. */
    interface Work<T> {
        T on(Session session);
    }

    /** Whether work has changed anything yet: that must not be done twice, and only while the lease is held. */
    static final class Touched {
        private final HypervisorDriver.Fence fence;
        private volatile boolean touched;

        /**
         * Makes one.
         *
         * @param fence as in {@link HypervisorDriver#fencedBy}
         */
        Touched(HypervisorDriver.Fence fence) {
            this.fence = fence;
        }

        /** Comes right before each call of libvirt that changes something. */
        void now() {
            fence.require();
            touched = true;
        }
    }

    /** A connection that somebody waits for. */
    private record Opening(Future<Session> session, long since) {}

    /** Asks something that changes nothing; asked once more when the connection turns out to be lost. */
    <T> T ask(String doing, Duration limit, Work<T> work) {
        return call(doing, limit, new Touched(() -> Duration.ZERO), work);
    }

    /** Does something; tried once more when the connection was lost before it was {@link Touched}. */
    <T> T call(String doing, Duration limit, Touched touched, Work<T> work) {
        long begin = System.nanoTime();
        try {
            return once(doing, limit, work);
        } catch (VirtException e) {
            boolean quick = System.nanoTime() - begin < WORTH_A_RETRY.toNanos();
            if (!e.lost() || touched.touched || !quick) {
                throw e.during(doing);
            }
        }
        try {
            return once(doing, limit, work);
        } catch (VirtException e) {
            throw e.during(doing);
        }
    }

    private <T> T once(String doing, Duration limit, Work<T> work) {
        Session session = entered(doing);
        return Workers.call(doing, limit, () -> {
            try {
                return work.on(session);
            } catch (VirtException e) {
                if (session.alive()) {
                    throw e;
                }
                throw e.onLostConnection();
            } finally {
                giveBack(session);
                session.leave();
            }
        });
    }

    /** A connection that nobody else has. */
    private Session entered(String doing) {
        while (true) {
            Future<Session> future;
            synchronized (this) {
                if (closed) {
                    throw Failures.of(Reason.UNREACHABLE, doing + ": the driver is closed");
                }
                Session session = idle.poll();
                if (session != null && session.enter()) {
                    if (session.alive()) {
                        return session;
                    }
                    session.retire();
                    session.leave();
                    continue;
                }
                future = opening();
            }
            Optional<Session> adopted = adopted(future, awaited(future));
            if (adopted.isPresent()) {
                return adopted.get();
            }
        }
    }

    /** Lets the calls to come have a connection again, if there is need for it. */
    private synchronized void giveBack(Session session) {
        if (closed || !session.alive() || idle.size() >= MOST_IDLE) {
            session.retire();
        } else {
            idle.push(session);
        }
    }

    private Session awaited(Future<Session> future) {
        try {
            return Workers.await("connect to " + uri, CONNECT, future);
        } catch (VirtException e) {
            forget(future);
            throw e.whileConnecting(uri);
        } catch (DriverException e) {
            if (future.isDone()) {
                forget(future);
            }
            throw e;
        }
    }

    /** The connection that is being made; one at a time, lest a daemon that hangs collects threads. */
    private Future<Session> opening() {
        long now = System.nanoTime();
        if (opening != null && now - opening.since() > CONNECT_ABANDONED.toNanos()) {
            closeLate(opening.session());
            opening = null;
        }
        if (opening == null) {
            opening = new Opening(Workers.submit(() -> Session.open(address.get())), now);
        }
        return opening.session();
    }

    /** Takes a connection that was waited for; empty if another call has it. */
    private synchronized Optional<Session> adopted(Future<Session> future, Session session) {
        boolean first = opening != null && opening.session() == future;
        if (first) {
            opening = null;
        }
        if (closed) {
            session.retire();
            throw Failures.of(Reason.UNREACHABLE, "the driver is closed");
        }
        return first && session.enter() ? Optional.of(session) : Optional.empty();
    }

    private synchronized void forget(Future<Session> future) {
        if (opening != null && opening.session() == future) {
            opening = null;
        }
    }

    private static void closeLate(Future<Session> late) {
        Workers.start(() -> {
            try {
                late.get().retire();
            } catch (java.util.concurrent.ExecutionException neverOpened) {
                return;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Override
    public void close() {
        List<Session> last;
        synchronized (this) {
            closed = true;
            last = List.copyOf(idle);
            idle.clear();
            if (opening != null) {
                closeLate(opening.session());
                opening = null;
            }
        }
        last.forEach(Session::retire);
        last.forEach(session -> session.awaitClosed(GOODBYE));
    }
}
