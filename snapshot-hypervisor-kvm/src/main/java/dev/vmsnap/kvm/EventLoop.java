package dev.vmsnap.kvm;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.Library;
import org.libvirt.LibvirtException;
import org.libvirt.jna.Libvirt;

/**
 * libvirt's event loop: keepalive and events need it. One for the whole process, on a daemon thread, while there are
 * connections; a thread that sat in it for ever would hold up the end of the JVM by 300 ms.
 */
final class EventLoop {
    // libvirt keeps only the addresses of them: the fields keep the things themselves from being collected.
    private static final Libvirt.VirErrorCallback SILENT = (data, error) -> {};
    private static final Libvirt.VirEventTimeoutCallback LOOK_UP =
            (timer, opaque) -> Libvirt.INSTANCE.virEventUpdateTimeout(timer, -1);

    private static final long PAUSE_NANOS = 50_000_000;
    private static final long END_MILLIS = 1_000;

    private static int timer = -1;
    private static int connections;
    private static @Nullable Turns turns;

    private EventLoop() {}

    /** Runs the loop until {@link #leave()}. Must come before a connection is opened. */
    static synchronized void enter() throws LibvirtException {
        if (timer < 0) {
            Connect.setErrorCallback(SILENT);
            Library.initEventLoop();
            timer = Libvirt.INSTANCE.virEventAddTimeout(-1, LOOK_UP, null, null);
        }
        if (connections == 0) {
            turns = new Turns(turns);
            turns.start();
        }
        connections++;
    }

    /** Takes {@link #enter()} back, after the connection was closed; the last one out ends the loop. */
    static void leave() {
        Turns last;
        synchronized (EventLoop.class) {
            connections--;
            last = turns;
            if (connections > 0 || last == null) {
                return;
            }
            last.over = true;
            Libvirt.INSTANCE.virEventUpdateTimeout(timer, 0);
        }
        try {
            last.join(END_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static final class Turns extends Thread {
        private @Nullable Turns before;
        private volatile boolean over;

        Turns(@Nullable Turns before) {
            super("vmsnap-kvm-events");
            this.before = before;
            setDaemon(true);
        }

        @Override
        public void run() {
            // Two threads in the loop at once would take each other's turns.
            while (before != null && before.isAlive()) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
            before = null;
            while (!over) {
                try {
                    Library.processEvent();
                } catch (LibvirtException oneEventFailed) {
                    // Nothing to undo; but a loop that always fails must not burn a processor.
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }
}
