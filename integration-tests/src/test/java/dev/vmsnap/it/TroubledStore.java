package dev.vmsnap.it;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.SnapshotStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** A real store around which something happens at one of its calls: the way to stop an engine exactly between two steps. */
public final class TroubledStore {

    private TroubledStore() {}

    /** Fails the n-th mark of a step (from 1). */
    public static SnapshotStore failingMark(SnapshotStore store, int nth) {
        return atMark(store, nth, () -> {
            throw new DriverException("store", DriverException.Reason.BROKEN, "a fault was set on mark " + nth);
        });
    }

    /** Does something instead of the n-th mark of a step (from 1), or before it. */
    public static SnapshotStore atMark(SnapshotStore store, int nth, Runnable trouble) {
        return at(store, "mark", nth, trouble, () -> {});
    }

    /** Does something right after the n-th note of a fact (from 1). */
    public static SnapshotStore afterNote(SnapshotStore store, int nth, Runnable trouble) {
        return at(store, "note", nth, () -> {}, trouble);
    }

    private static SnapshotStore at(SnapshotStore store, String call, int nth, Runnable before, Runnable after) {
        AtomicInteger calls = new AtomicInteger();
        return (SnapshotStore) Proxy.newProxyInstance(
                TroubledStore.class.getClassLoader(), new Class<?>[] {SnapshotStore.class}, (proxy, method, args) -> {
                    boolean due = method.getName().equals(call) && calls.incrementAndGet() == nth;
                    if (due) {
                        before.run();
                    }
                    try {
                        Object result = method.invoke(store, args);
                        if (due) {
                            after.run();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
