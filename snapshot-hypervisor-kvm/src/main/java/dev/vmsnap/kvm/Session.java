package dev.vmsnap.kvm;

import com.sun.jna.Pointer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.libvirt.Connect;
import org.libvirt.LibvirtException;
import org.libvirt.jna.ConnectionPointer;
import org.libvirt.jna.Libvirt;

/**
 * One open connection. It is closed when it is retired and nobody uses it any more: libvirt does not survive that a
 * connection goes away under a call.
 */
final class Session extends Connect {
    private static final int KEEPALIVE_SECONDS = 5;
    private static final int KEEPALIVE_COUNT = 3;
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final CountDownLatch gone = new CountDownLatch(1);
    private final long number = NUMBERS.incrementAndGet();
    private volatile @Nullable HypervisorVersion versions;
    private int users;
    private boolean retired;
    private int events = -1;

    private Session(String uri) throws LibvirtException {
        super(uri);
    }

    /** Connects; takes as long as it takes. */
    static Session open(String uri) {
        try {
            EventLoop.enter();
            return opened(uri);
        } catch (LibvirtException e) {
            throw VirtException.of(e);
        } catch (LinkageError e) {
            throw Failures.library(e);
        }
    }

    private static Session opened(String uri) throws LibvirtException {
        try {
            Session session = new Session(uri);
            session.prepare();
            return session;
        } catch (LibvirtException | RuntimeException | Error e) {
            EventLoop.leave();
            throw e;
        }
    }

    private void prepare() {
        ConnectionPointer pointer = pointer();
        // The test driver has no keepalive, and does without.
        Libvirt.INSTANCE.virConnectSetKeepAlive(pointer, KEEPALIVE_SECONDS, KEEPALIVE_COUNT);
        // Nor has it QEMU's events.
        events = Virt.Loaded.QEMU.virConnectDomainQemuMonitorEventRegister(
                pointer, null, JobWatch.EVENTS, JobWatch.CALLBACK, new Pointer(number), null, Virt.EVENT_NAME_IS_REGEX);
    }

    ConnectionPointer pointer() {
        return vcp;
    }

    /** Tells this connection's events from others'. */
    long number() {
        return number;
    }

    /** Asks what answers on the other side. */
    String version() {
        try {
            return "libvirt " + dotted(getLibVersion()) + ", " + getType() + " " + dotted(getVersion())
                    + HypervisorVersion.processor(getCapabilities());
        } catch (LibvirtException e) {
            throw VirtException.of(e);
        }
    }

    /** Returns the same as numbers, read once: a daemon that is replaced by another version ends the connection. */
    HypervisorVersion versions() {
        HypervisorVersion known = versions;
        if (known == null) {
            known = HypervisorVersion.of(version());
            versions = known;
        }
        return known;
    }

    /** How much memory the node has. */
    long memoryBytes() {
        try {
            return nodeInfo().memory << 10;
        } catch (LibvirtException e) {
            throw VirtException.of(e);
        }
    }

    private static String dotted(long version) {
        return version / 1_000_000 + "." + version / 1_000 % 1_000 + "." + version % 1_000;
    }

    /** Whether the connection stands as far as this side knows; asks nobody. */
    boolean alive() {
        return Libvirt.INSTANCE.virConnectIsAlive(pointer()) == 1;
    }

    /** Begins a use; false when the session is retired. */
    synchronized boolean enter() {
        if (retired) {
            return false;
        }
        users++;
        return true;
    }

    /** Ends a use. */
    synchronized void leave() {
        users--;
        closeWhenUnused();
    }

    /** Lets nobody in any more, and closes when the last user has left. */
    synchronized void retire() {
        if (!retired) {
            retired = true;
            closeWhenUnused();
        }
    }

    /** Waits a little until a retired session is closed; one that is still used is not waited for to the end. */
    void awaitClosed(Duration atMost) {
        try {
            gone.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeWhenUnused() {
        if (retired && users == 0) {
            Workers.start(this::closeNow);
        }
    }

    private void closeNow() {
        try {
            // A registration holds on to the connection: without this it would stay open.
            if (events >= 0) {
                Virt.Loaded.QEMU.virConnectDomainQemuMonitorEventDeregister(pointer(), events);
            }
            close();
        } catch (LibvirtException gone) {
            // A connection that cannot be closed in order is gone all the same.
            return;
        } finally {
            EventLoop.leave();
            gone.countDown();
        }
    }
}
