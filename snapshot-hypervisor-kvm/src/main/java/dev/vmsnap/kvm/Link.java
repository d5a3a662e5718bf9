package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.HypervisorDriver;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way to one libvirt daemon. Every call runs on a thread of its own with a limit, on a connection that is made when
 * it is needed and made again when it was lost.
 *
 * <p>Calls share a connection, except those that may take long: in libvirt 9.0 the call of one thread goes out when
 * another one, which waits for its answer on the same connection, next looks up, and that can be at its next sign of life.
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

    private final String uri;
    private final Supplier<String> address;
    private @Nullable Session current;
    private @Nullable Session spare;
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
        return call(doing, limit, limit.compareTo(SHORT) > 0, touched, work);
    }

    /** Does something on a connection that no other call shares meanwhile. */
    <T> T callAlone(String doing, Duration limit, Touched touched, Work<T> work) {
        return call(doing, limit, true, touched, work);
    }

    private <T> T call(String doing, Duration limit, boolean alone, Touched touched, Work<T> work) {
        long begin = System.nanoTime();
        try {
            return once(doing, limit, alone, work);
        } catch (VirtException e) {
            boolean quick = System.nanoTime() - begin < WORTH_A_RETRY.toNanos();
            if (!e.lost() || touched.touched || !quick) {
                throw e.during(doing);
            }
        }
        try {
            return once(doing, limit, alone, work);
        } catch (VirtException e) {
            throw e.during(doing);
        }
    }

    private <T> T once(String doing, Duration limit, boolean alone, Work<T> work) {
        Session session = entered(doing, alone);
        return Workers.call(doing, limit, () -> {
            try {
                return work.on(session);
            } catch (VirtException e) {
                if (session.alive()) {
                    throw e;
                }
                throw e.onLostConnection();
            } finally {
                if (alone) {
                    giveBack(session);
                }
                session.leave();
            }
        });
    }

    private Session entered(String doing, boolean alone) {
        while (true) {
            Session session = session(doing);
            if ((!alone || taken(session)) && session.enter()) {
                return session;
            }
        }
    }

    /** Takes a connection away from the calls to come; false when somebody else has. */
    private synchronized boolean taken(Session session) {
        if (current == null || current.number() != session.number()) {
            return false;
        }
        current = null;
        return true;
    }

    /** Lets the calls to come have a connection again, if there is need for it. */
    private synchronized void giveBack(Session session) {
        if (closed || !session.alive()) {
            session.retire();
        } else if (current == null && opening == null) {
            current = session;
        } else if (spare == null) {
            spare = session;
        } else {
            session.retire();
        }
    }

    private Session session(String doing) {
        Future<Session> future;
        synchronized (this) {
            if (closed) {
                throw Failures.of(Reason.UNREACHABLE, doing + ": the driver is closed");
            }
            if (current == null) {
                current = spare;
                spare = null;
            }
            if (current != null && current.enter()) {
                boolean alive = current.alive();
                current.leave();
                if (alive) {
                    return current;
                }
            }
            if (current != null) {
                current.retire();
                current = null;
            }
            future = opening();
        }
        Session session;
        try {
            session = Workers.await("connect to " + uri, CONNECT, future);
        } catch (VirtException e) {
            forget(future);
            throw e.whileConnecting(uri);
        } catch (DriverException e) {
            if (future.isDone()) {
                forget(future);
            }
            throw e;
        }
        return adopted(future, session);
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

    private synchronized Session adopted(Future<Session> future, Session session) {
        if (opening != null && opening.session() == future) {
            opening = null;
            current = session;
        }
        if (closed) {
            session.retire();
            throw Failures.of(Reason.UNREACHABLE, "the driver is closed");
        }
        return session;
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
        Session last;
        Session unused;
        synchronized (this) {
            closed = true;
            last = current;
            unused = spare;
            current = null;
            spare = null;
            if (opening != null) {
                closeLate(opening.session());
                opening = null;
            }
        }
        for (Session session : Arrays.asList(last, unused)) {
            if (session != null) {
                session.retire();
                session.awaitClosed(GOODBYE);
            }
        }
    }
}
