package dev.vmsnap.it;

import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Counts the places at which a process can be suspended, and suspends it at one of them. Thread-safe. */
final class Chances {
    private int left;
    private String call = "";
    private String method = "";

    /**
     * Begins to count.
     *
     * @param nth which place it is, from 1; 0 for none
     * @param wanted what a place must do to count: a method of the driver, or words of a command; empty for all
     */
    synchronized void next(int nth, String wanted) {
        left = nth;
        call = wanted;
    }

    private void comes(String what) {
        if (isIt(what)) {
            suspendThisProcess();
        }
    }

    private synchronized boolean isIt(String what) {
        if (left == 0 || !what.contains(call)) {
            return false;
        }
        left--;
        return left == 0;
    }

    /**
     * Suspends the process until it is {@linkplain #wake woken}. The signal goes to any of its threads first, and the command
     * that sends it may end before the calling thread stands still: that thread must not run on to its next call meanwhile.
     */
    static void suspendThisProcess() {
        long pid = ProcessHandle.current().pid();
        try {
            Files.deleteIfExists(woken(pid));
            Shell.run("kill", "-STOP", "" + pid);
            while (!Files.deleteIfExists(woken(pid))) {
                LockSupport.parkNanos(1_000_000);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Wakes a process that was suspended. */
    static void wake(long pid) {
        try {
            Files.write(woken(pid), new byte[0]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Shell.run("kill", "-CONT", "" + pid);
    }

    /** A file that says so; both processes have the same directory for temporary files. */
    private static Path woken(long pid) {
        return Path.of(System.getProperty("java.io.tmpdir"), "woken-" + pid);
    }

    /** A node at which the process can be suspended right before the driver asks for the lease, or after that. */
    static HypervisorDriver node(String uri, Chances chances) {
        KvmHypervisor plain = KvmHypervisor.connect(uri);
        KvmHypervisor node = KvmHypervisor.connect(uri, new Watched(plain.commands(), chances), plain.files());
        return (HypervisorDriver) Proxy.newProxyInstance(
                Chances.class.getClassLoader(), KvmHypervisor.class.getInterfaces(), (proxy, method, arguments) -> {
                    if (method.getName().equals("fencedBy")) {
                        HypervisorDriver.Fence fence = (HypervisorDriver.Fence) arguments[0];
                        return chances.fenced(node.fencedBy(() -> {
                            chances.comes(chances.method());
                            return fence.remaining();
                        }));
                    }
                    return invoked(() -> method.invoke(node, arguments));
                });
    }

    /** The process does one verb at a time, whose calls of a node come one after the other. */
    private HypervisorDriver fenced(HypervisorDriver real) {
        return (HypervisorDriver) Proxy.newProxyInstance(
                Chances.class.getClassLoader(), KvmHypervisor.class.getInterfaces(), (proxy, method, arguments) -> {
                    begins(method.getName());
                    return invoked(() -> method.invoke(real, arguments));
                });
    }

    private synchronized void begins(String next) {
        method = next;
    }

    private synchronized String method() {
        return method;
    }

    /** A call by reflection. */
    private interface Invocation {
        Object run() throws IllegalAccessException, InvocationTargetException;
    }

    private static Object invoked(Invocation invocation) throws Throwable {
        try {
            return invocation.run();
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Commands before whose start, when everything on this side was checked, the process can be suspended. */
    private record Watched(Commands node, Chances chances) implements Commands {
        @Override
        public Result run(Command command) {
            chances.comes(String.join(" ", command.arguments()));
            return node.run(command);
        }

        @Override
        public Result run(Command command, Predicate<String> wanted) {
            chances.comes(String.join(" ", command.arguments()));
            return node.run(command, wanted);
        }
    }
}
