package dev.vmsnap.it;

import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * A host application in a process of its own that does verbs on a VM and suspends itself, or is suspended, on the way: right
 * before the driver asks for the lease, or between that and the start of a command.
 */
public final class SuspendedHost implements AutoCloseable {
    /** As short as a lease can be, so that a trial takes little time. */
    public static final Duration LEASE = Duration.ofSeconds(1);

    private static final String ENDED = "ended ";
    private static final String BEGUN = "begun";

    private final Process process;
    private final BufferedReader lines;
    private final PrintStream verbs;

    private SuspendedHost(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
        this.verbs = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    }

    /**
     * Starts one on a VM.
     *
     * @param node what its engine calls the node
     * @param uri where the node is
     * @param group a volume group of the node's own, or nothing
     * @param store the database
     * @param vm which
     */
    public static SuspendedHost start(String node, String uri, String group, Path store, VmId vm) {
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
            command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), SuspendedHost.class.getName()));
            command.addAll(List.of(node, uri, group, store.toString(), vm.value()));
            return new SuspendedHost(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Begins a verb.
     *
     * @param verb as {@link #perform} knows it
     * @param nth at which of its chances it suspends itself, from 1; 0 for never
     */
    public void begin(String verb, int nth) {
        verbs.println(nth + " " + verb);
        if (!BEGUN.equals(line())) {
            throw new IllegalStateException("the process has not begun " + verb);
        }
    }

    /** Waits until it has suspended itself; false if the verb has ended before. */
    public boolean awaitSuspended() throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (System.nanoTime() - end < 0) {
            if (isSuspended()) {
                return true;
            }
            if (lines.ready()) {
                return false;
            }
            Thread.sleep(2);
        }
        throw new AssertionError("the process neither suspended itself nor ended its verb");
    }

    /** Suspends it, wherever it is. */
    public void suspend() throws IOException, InterruptedException {
        Shell.run("kill", "-STOP", "" + process.pid());
        while (!isSuspended()) {
            Thread.sleep(1);
        }
    }

    private boolean isSuspended() throws IOException {
        String state = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
        return state.substring(state.lastIndexOf(')') + 2).startsWith("T");
    }

    /** Lets it go on, and returns how its verb ended: {@code DONE}, or a kind of failure and its message. */
    public String resume() {
        Shell.run("kill", "-CONT", "" + process.pid());
        return outcome();
    }

    /** Whether a failure means that the suspended process holds the lock of the database: then nobody takes anything over. */
    public static boolean holdsTheStore(DriverException failure) {
        return String.valueOf(failure.getMessage()).contains("kept busy by another process");
    }

    /** Returns how its verb ended. */
    public String outcome() {
        String line = line();
        if (!line.startsWith(ENDED)) {
            throw new IllegalStateException(line);
        }
        return line.substring(ENDED.length());
    }

    private String line() {
        try {
            return Optional.ofNullable(lines.readLine())
                    .orElseThrow(() -> new IllegalStateException("the process has ended"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    /** What the process does. */
    public static void main(String[] arguments) throws IOException {
        Chances chances = new Chances();
        VmSnapshots snapshots = engine(arguments, chances);
        VmId vm = VmId.of(arguments[4]);
        BufferedReader wanted = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = wanted.readLine(); line != null; line = wanted.readLine()) {
            String[] words = line.split(" ");
            System.out.println(BEGUN);
            chances.left.set(Integer.parseInt(words[0]));
            System.out.println(
                    ENDED + ended(() -> perform(snapshots, vm, words)).replace('\n', ' '));
        }
    }

    private static VmSnapshots engine(String[] arguments, Chances chances) {
        KvmHypervisor plain = KvmHypervisor.connect(arguments[1]);
        KvmHypervisor node = KvmHypervisor.connect(arguments[1], new Chancy(plain.commands(), chances), plain.files());
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .node(arguments[0], chancy(node, chances))
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(Path.of(arguments[3])))
                .leaseTime(LEASE);
        if (!arguments[2].isEmpty()) {
            builder.storage(LvmStorage.inVolumeGroup(arguments[2]));
        }
        return builder.build();
    }

    private static void perform(VmSnapshots snapshots, VmId vm, String[] words) {
        SnapshotSpec spec = SnapshotSpec.named("sleeper's");
        switch (words[1]) {
            case "create" -> snapshots.create(vm, spec, TickingHost.ADMIN).await();
            case "create-ram" ->
                snapshots.create(vm, spec.withRam(), TickingHost.ADMIN).await();
            case "restore" ->
                snapshots
                        .restore(vm, SnapshotId.of(words[2]), TickingHost.ADMIN)
                        .await();
            case "delete" ->
                snapshots.delete(vm, SnapshotId.of(words[2]), TickingHost.ADMIN).await();
            case "delete-all" -> snapshots.deleteAll(vm, TickingHost.ADMIN).await();
            case "clone" ->
                snapshots
                        .clone(
                                vm,
                                new Intent.Clone(Optional.empty(), Map.of("vda", words[2], "vdb", words[3])),
                                TickingHost.ADMIN)
                        .await();
            case "recover" -> snapshots.recover(vm);
            default -> throw new IllegalArgumentException(words[1]);
        }
    }

    private static String ended(Runnable verb) {
        try {
            verb.run();
            return "DONE";
        } catch (DriverException e) {
            return e.reason() + ": " + e.getMessage();
        } catch (SnapshotException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    /** Counts the places at which the process can be suspended. */
    private static final class Chances {
        private static final Duration SUSPENDED = Duration.ofMillis(500);

        private final AtomicInteger left = new AtomicInteger();

        void comes() {
            if (left.getAndUpdate(n -> Math.max(0, n - 1)) == 1) {
                long before = System.nanoTime();
                Shell.run("kill", "-STOP", "" + ProcessHandle.current().pid());
                awaitThisThread(before);
            }
        }

        /** The signal goes to another thread first: this one must not run on to its next call before it stands still too. */
        private static void awaitThisThread(long before) {
            long last = before;
            for (long now = System.nanoTime(); now - last < SUSPENDED.toNanos(); now = System.nanoTime()) {
                last = now;
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** Commands before whose start, when everything on this side was checked, the process can be suspended. */
    private record Chancy(Commands node, Chances chances) implements Commands {
        @Override
        public Result run(Command command) {
            chances.comes();
            return node.run(command);
        }

        @Override
        public Result run(Command command, Predicate<String> wanted) {
            chances.comes();
            return node.run(command, wanted);
        }
    }

    /** A driver that can be suspended right before it asks for the lease. */
    private static HypervisorDriver chancy(KvmHypervisor real, Chances chances) {
        return (HypervisorDriver) Proxy.newProxyInstance(
                SuspendedHost.class.getClassLoader(),
                KvmHypervisor.class.getInterfaces(),
                (proxy, method, arguments) -> {
                    if (method.getName().equals("fencedBy")) {
                        HypervisorDriver.Fence fence = (HypervisorDriver.Fence) arguments[0];
                        return real.fencedBy(() -> {
                            chances.comes();
                            return fence.remaining();
                        });
                    }
                    try {
                        return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
