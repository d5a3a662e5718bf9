package dev.vmsnap.it;

import dev.vmsnap.spi.HypervisorDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Counts the calls to a real node by their names. */
final class CountedNode {
    private final Map<String, Integer> calls = new ConcurrentHashMap<>();
    private final HypervisorDriver driver;

    CountedNode(HypervisorDriver real) {
        this.driver = (HypervisorDriver) Proxy.newProxyInstance(
                CountedNode.class.getClassLoader(),
                new Class<?>[] {HypervisorDriver.class},
                (proxy, method, arguments) -> {
                    calls.merge(method.getName(), 1, Integer::sum);
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    HypervisorDriver driver() {
        return driver;
    }

    int calls(String name) {
        return calls.getOrDefault(name, 0);
    }

    /** Begins counting anew. */
    void forget() {
        calls.clear();
    }
}
