package dev.vmsnap.it;

import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StoreException;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.storage.nas.NasStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
     * @param nodes what its engine calls its nodes, and where they are
     * @param group a volume group of a node's own, or nothing
     * @param store the database
     * @param vm which
     */
    public static SuspendedHost start(Map<String, String> nodes, String group, Path store, VmId vm) {
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
            command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), SuspendedHost.class.getName()));
            command.addAll(List.of(group, store.toString(), vm.value()));
            nodes.forEach((name, uri) -> command.addAll(List.of(name, uri)));
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
        begin(nth, "", verb);
    }

    /**
     * Begins a verb that suspends itself right before it does something at a node.
     *
     * @param verb as {@link #perform} knows it
     * @param call a method of the driver, or words of a command
     */
    public void beginUntil(String verb, String call) {
        begin(1, call, verb);
    }

    private void begin(int nth, String call, String verb) {
        verbs.println(String.join("\t", "" + nth, call, verb));
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

    /** The kernel suspends one thread after the other, and a call may be on any of them. */
    private boolean isSuspended() throws IOException {
        try (Stream<Path> threads = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            return threads.allMatch(SuspendedHost::standsStill);
        }
    }

    private static boolean standsStill(Path thread) {
        try {
            String state = Files.readString(thread.resolve("stat"));
            return state.substring(state.lastIndexOf(')') + 2).startsWith("T");
        } catch (IOException e) {
            // A thread that ends while it is inspected was not suspended.
            return false;
        }
    }

    /** Lets it go on, and returns how its verb ended: {@code DONE}, or a kind of failure and its message. */
    public String resume() {
        Chances.wake(process.pid());
        return outcome();
    }

    /** Whether a failure means that the suspended process holds the lock of the database: then nobody takes anything over. */
    public static boolean holdsTheStore(DriverException failure) {
        return failure instanceof StoreException store && store.problem() == StoreException.Problem.LOCKED;
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
        VmId vm = VmId.of(arguments[2]);
        BufferedReader wanted = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = wanted.readLine(); line != null; line = wanted.readLine()) {
            String[] parts = line.split("\t");
            System.out.println(BEGUN);
            chances.next(Integer.parseInt(parts[0]), parts[1]);
            System.out.println(ENDED
                    + ended(() -> perform(snapshots, vm, parts[2].split(" "))).replace('\n', ' '));
        }
    }

    private static VmSnapshots engine(String[] arguments, Chances chances) {
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .storage(new FileStorage())
                .storage(new NasStorage().movingOnSameExport())
                .store(JdbcStore.sqlite(Path.of(arguments[1])))
                .leaseTime(LEASE);
        if (!arguments[0].isEmpty()) {
            builder.storage(LvmStorage.inVolumeGroup(arguments[0]));
        }
        for (int i = 3; i < arguments.length; i += 2) {
            builder.node(arguments[i], Chances.node(arguments[i + 1], chances));
        }
        return builder.build();
    }

    private static void perform(VmSnapshots snapshots, VmId vm, String[] words) {
        SnapshotSpec spec = SnapshotSpec.named("sleeper's");
        switch (words[0]) {
            case "create" -> snapshots.create(vm, spec, TickingHost.ADMIN).await();
            case "create-ram" ->
                snapshots.create(vm, spec.withRam(), TickingHost.ADMIN).await();
            case "restore" ->
                snapshots
                        .restore(vm, SnapshotId.of(words[1]), TickingHost.ADMIN)
                        .await();
            case "delete" ->
                snapshots.delete(vm, SnapshotId.of(words[1]), TickingHost.ADMIN).await();
            case "delete-all" -> snapshots.deleteAll(vm, TickingHost.ADMIN).await();
            case "edit" -> snapshots.edit(vm, SnapshotId.of(words[1]), "sleeper's", "", TickingHost.ADMIN);
            case "clone" ->
                snapshots
                        .clone(vm, Intent.Clone.of(places(words, 1)), TickingHost.ADMIN)
                        .await();
            case "migrate" ->
                snapshots
                        .migrate(vm, new Intent.Migrate(words[1], places(words, 2)), TickingHost.ADMIN)
                        .await();
            case "rebuild" -> snapshots.rebuild(vm, TickingHost.ADMIN);
            default -> throw new IllegalArgumentException(words[0]);
        }
    }

    private static Map<String, String> places(String[] words, int from) {
        return Stream.of(words)
                .skip(from)
                .map(word -> word.split("="))
                .collect(Collectors.toMap(place -> place[0], place -> place[1]));
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
}
