package dev.vmsnap.it;

import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.SnapshotException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.it.ChildHost.Death.When;
import dev.vmsnap.it.Interference.Line;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A host application in a process of its own, which does one verb on a VM and may die on the way. */
public final class ChildHost implements AutoCloseable {
    private static final int DEAD = 9;
    private static final Duration FREEZE = Duration.ofSeconds(5);
    private static final Duration BRIEF_HOLD = Duration.ofSeconds(3);
    private static final CancelRequests REQUESTS = new CancelRequests();

    private final Process process;
    private final BufferedReader lines;

    private ChildHost(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * When it dies by itself, without any clean-up.
     *
     * @param when at what
     * @param where which of these
     */
    public record Death(When when, String where) {
        /** At what. */
        enum When {
            MARK,
            NOTE,
            STEP,
            LVM_LINE,
            STOPPED_AT_STEP,
            CANCELLED_AT_STEP,
            NEVER
        }

        /** Somebody else kills it. */
        public static Death byOthers() {
            return new Death(When.NEVER, "");
        }

        /** Instead of the n-th mark of a step (from 1). */
        public static Death atMark(int nth) {
            return new Death(When.MARK, "" + nth);
        }

        /** Right after the n-th note of a fact (from 1). */
        public static Death afterNote(int nth) {
            return new Death(When.NOTE, "" + nth);
        }

        /** Instead of the step whose label begins so. */
        public static Death atStep(String label) {
            return new Death(When.STEP, label);
        }

        /** It is stopped (SIGSTOP) in place of the step whose label begins so, and goes on when somebody lets it. */
        public static Death stoppedAtStep(String label) {
            return new Death(When.STOPPED_AT_STEP, label);
        }

        /** It does not die: it waits before the step whose label begins so until its engine was told to cancel. */
        public static Death cancelledAtStep(String label) {
            return new Death(When.CANCELLED_AT_STEP, label);
        }

        /** Instead of the n-th line (from 1) that changes something in LVM. */
        public static Death atLvmLine(int nth) {
            return new Death(When.LVM_LINE, "" + nth);
        }

        private boolean is(When other) {
            return when == other;
        }

        private int nth() {
            return Integer.parseInt(where);
        }
    }

    /**
     * Starts one.
     *
     * @param node what its engine calls the node
     * @param uri where the node is
     * @param group a volume group of the node's own, or nothing
     * @param store the database
     * @param vm on which VM
     * @param verb {@code create} or {@code create-ram}, both also with {@code -held} for a short limit for holds, {@code
     *     create-quiesced}, {@code restore:ID} or {@code delete:ID}
     * @param death how it ends
     */
    public static ChildHost start(
            String node, String uri, String group, Path store, VmId vm, String verb, Death death) {
        try {
            List<String> command = new ArrayList<>();
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
            // One that is killed leaves its temporary files where those of the tests go.
            command.add("-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"));
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), ChildHost.class.getName()));
            command.addAll(List.of(node, uri, group, store.toString(), vm.value(), verb));
            command.addAll(List.of(death.when().name(), death.where()));
            return new ChildHost(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it begins a step whose label begins so, or a line with that word. */
    public void await(String wanted) {
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(wanted)) {
                    return;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        throw new IllegalStateException("the process ended before '" + wanted + "'");
    }

    /** Waits for its end, which must be the death that was asked for. */
    public void awaitDeath() {
        int exit = process.onExit().join().exitValue();
        if (exit != DEAD) {
            throw new IllegalStateException("the process ended with " + exit + " and did not die where it should");
        }
    }

    /** Waits for its end by itself, and returns how its operation ended: {@code done}, or the name of the failure. */
    public String awaitOutcome() {
        String last = "";
        try {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                last = line;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        process.onExit().join();
        return last;
    }

    /** Lets it go on after it was stopped, and waits for its end. */
    public void goOn() {
        Chances.wake(process.pid());
        process.onExit().join();
    }

    /** Kills it where it stands still, and cuts its connections to the node. */
    public void kill() {
        List<ProcessHandle> connections = process.descendants().toList();
        close();
        connections.forEach(ProcessHandle::destroyForcibly);
    }

    /** Kills it. */
    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    /** What the process does. */
    public static void main(String[] arguments) {
        VmId vm = VmId.of(arguments[4]);
        String verb = arguments[5];
        Death death = new Death(When.valueOf(arguments[6]), arguments[7]);
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .node(arguments[0], driver(arguments[1], death))
                .storage(new FileStorage())
                .freezeDeadline(FREEZE)
                .store(store(JdbcStore.sqlite(Path.of(arguments[3])), death))
                .events(event -> take(event, death));
        if (!arguments[2].isEmpty()) {
            builder.storage(LvmStorage.inVolumeGroup(arguments[2]));
        }
        if (verb.endsWith("-held")) {
            // Commands on a lab node take longer.
            builder.holdDeadline(arguments[2].isEmpty() ? BRIEF_HOLD : BRIEF_HOLD.multipliedBy(4));
        }
        try {
            run(builder.build(), vm, verb);
            System.out.println("done");
        } catch (SnapshotException e) {
            System.out.println(e.getClass().getSimpleName());
            throw e;
        }
    }

    private static void run(VmSnapshots snapshots, VmId vm, String verb) {
        SnapshotSpec victim = SnapshotSpec.named("victim");
        switch (verb.split(":")[0]) {
            case "create", "create-held" ->
                snapshots.create(vm, victim, TickingHost.ADMIN).await();
            case "create-ram", "create-ram-held" ->
                snapshots.create(vm, victim.withRam(), TickingHost.ADMIN).await();
            case "create-quiesced" ->
                snapshots
                        .create(vm, victim.quiesce(SnapshotSpec.Quiesce.REQUIRE), TickingHost.ADMIN)
                        .await();
            case "delete" -> snapshots.delete(vm, id(verb), TickingHost.ADMIN).await();
            default -> snapshots.restore(vm, id(verb), TickingHost.ADMIN).await();
        }
    }

    private static HypervisorDriver driver(String uri, Death death) {
        HypervisorDriver real = KvmHypervisor.connect(uri);
        return death.is(When.LVM_LINE)
                ? Interference.at(real, Line.changingLvm(death.nth()), Interference.first(ChildHost::die))
                : Interference.at(
                        real, Line.with("lvconvert"), Interference.first(() -> System.out.println("lvconvert")));
    }

    private static SnapshotStore store(SnapshotStore real, Death death) {
        return switch (death.when()) {
            case MARK -> TroubledStore.atMark(real, death.nth(), ChildHost::die);
            case NOTE -> TroubledStore.afterNote(real, death.nth(), ChildHost::die);
            case CANCELLED_AT_STEP -> REQUESTS.of(real);
            case STEP, STOPPED_AT_STEP, LVM_LINE, NEVER -> real;
        };
    }

    private static void take(SnapshotEvent event, Death death) {
        if (event.phase() == Phase.STEP) {
            if (death.is(When.STEP) && event.detail().startsWith(death.where())) {
                die();
            }
            System.out.println(event.detail());
            if (death.is(When.STOPPED_AT_STEP) && event.detail().startsWith(death.where())) {
                Chances.suspendThisProcess();
            }
            if (death.is(When.CANCELLED_AT_STEP) && event.detail().startsWith(death.where())) {
                REQUESTS.awaitNoticed();
            }
        }
    }

    private static void die() {
        Runtime.getRuntime().halt(DEAD);
    }

    private static SnapshotId id(String verb) {
        return SnapshotId.of(verb.split(":")[1]);
    }
}
