package dev.vmsnap.it;

import dev.vmsnap.spi.SnapshotStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Set;

/** Counts how often an engine has read a request to cancel, so that a thread can wait until the engine has noticed it. */
final class CancelRequests {
    private int read;

    /** Returns the same store, whose answers are counted. */
    SnapshotStore of(SnapshotStore store) {
        return (SnapshotStore) Proxy.newProxyInstance(
                CancelRequests.class.getClassLoader(), new Class<?>[] {SnapshotStore.class}, (proxy, method, args) -> {
                    try {
                        Object result = method.invoke(store, args);
                        if (method.getName().equals("cancelRequests") && !((Set<?>) result).isEmpty()) {
                            count();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private synchronized void count() {
        read++;
        notifyAll();
    }

    /** Waits until the engine has acted on a request. */
    synchronized void awaitNoticed() {
        try {
            // The engine acts on what it has read before it reads again.
            while (read < 2) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
