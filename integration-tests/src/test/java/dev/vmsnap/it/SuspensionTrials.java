package dev.vmsnap.it;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.RecoveryReport.Outcome;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.Volume;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Suspends a manager in the middle of its verbs until another one has taken over, made a snapshot and let the guest write.
 * The manager wakes up, and nothing that is there then changes: no disk, no snapshot, no file, no guest.
 */
public final class SuspensionTrials implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Scene scene;
    private final SuspendedHost sleeper;
    private final Map<String, Integer> outcomes = new TreeMap<>();
    private final Random random = new Random(11);
    private String verb = "";
    private int suspended;
    private int copies;

    /** A VM, the manager that takes over, and what can be seen beside the library. */
    public interface Scene {
        /** The engine of the manager that takes over. */
        VmSnapshots snapshots();

        VmId vm();

        /** The database of both managers. */
        Path store();

        /** Where the next copies of the disks go, by target. */
        Map<String, String> copies(int number);

        /** Prepares a migration to the other node than the VM's, and returns that node and its disks there. */
        default String migration() {
            throw new UnsupportedOperationException();
        }

        /** Lets the guest write to its disks, which are these. */
        void change(List<Volume> disks);

        /** Everything that a manager could change. */
        List<String> state();

        /** The guest is as it was after the change: it runs on, or what it has written is there. */
        void assertChanged(String where);
    }

    public SuspensionTrials(Scene scene, SuspendedHost sleeper) {
        this.scene = scene;
        this.sleeper = sleeper;
    }

    /** Suspends a verb at its chances from the first on, and returns how often. */
    public int everywhere(String verb, int first, int most) throws Exception {
        for (int nth = first; nth - first < most; nth++) {
            sleeper.begin(prepared(verb), nth);
            if (!sleeper.awaitSuspended()) {
                assertThat(sleeper.outcome()).isEqualTo("DONE");
                return nth - first;
            }
            takeOver(verb + ", chance " + nth);
        }
        return most;
    }

    /** Suspends a verb right before what it does at a node, such as a call of libvirt or a program. */
    public void at(String verb, String call) throws Exception {
        sleeper.beginUntil(prepared(verb), call);
        assertThat(sleeper.awaitSuspended()).as(verb + " comes to " + call).isTrue();
        takeOver(verb + ", before " + call);
    }

    /** Suspends a verb at any instant. */
    public void anywhere(String verb, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            sleeper.begin(prepared(verb), 0);
            Thread.sleep(random.nextInt(400));
            sleeper.suspend();
            takeOver(verb + ", any instant");
        }
    }

    /** How the verbs of the suspended manager ended: kinds and their numbers. */
    public Map<String, Integer> outcomes() {
        return Map.copyOf(outcomes);
    }

    private String prepared(String next) throws SQLException {
        verb = next;
        VmSnapshots snapshots = scene.snapshots();
        for (Snapshot other : snapshots.tree(scene.vm()).snapshots()) {
            if (!other.name().equals("first")) {
                snapshots.delete(scene.vm(), other.id(), ADMIN).await();
            }
        }
        SnapshotSpec spec = SnapshotSpec.named("first");
        Snapshot first = snapshots.tree(scene.vm()).snapshots().stream()
                .findFirst()
                .orElseGet(() -> snapshots
                        .create(scene.vm(), verb.endsWith("-ram") ? spec.withRam() : spec, ADMIN)
                        .await());
        return switch (verb) {
            case "restore", "restore-ram" -> "restore " + first.id();
            case "delete", "delete-ram" -> "delete " + first.id();
            case "edit" -> "edit " + first.id();
            case "clone" ->
                scene.copies(++copies).entrySet().stream()
                        .map(copy -> copy.getKey() + "=" + copy.getValue())
                        .collect(Collectors.joining(" ", "clone ", ""));
            case "migrate" -> "migrate " + scene.migration();
            case "rebuild" -> {
                forget();
                yield verb;
            }
            default -> verb;
        };
    }

    /** The store loses what it knows of the VM; its leases go on. */
    private void forget() throws SQLException {
        try (Connection store = DriverManager.getConnection("jdbc:sqlite:" + scene.store());
                PreparedStatement deletion = store.prepareStatement("DELETE FROM vm WHERE id = ?")) {
            store.createStatement().execute("PRAGMA foreign_keys = ON");
            store.createStatement().execute("PRAGMA busy_timeout = 10000");
            deletion.setString(1, scene.vm().value());
            assertThat(deletion.executeUpdate()).isOne();
        }
    }

    private void takeOver(String where) throws Exception {
        suspended++;
        Snapshot theirs;
        try {
            RecoveryReport report = recovered();
            assertThat(report.clean()).as(where + ": " + report).isTrue();
            if (verb.equals("rebuild")) {
                scene.snapshots().rebuild(scene.vm(), ADMIN);
            }
            theirs = scene.snapshots()
                    .create(scene.vm(), SnapshotSpec.named("theirs"), ADMIN)
                    .await();
        } catch (DriverException e) {
            assertThat(SuspendedHost.holdsTheStore(e)).as(where + ": " + e).isTrue();
            outcomes.merge("held the store", 1, Integer::sum);
            sleeper.resume();
            scene.snapshots().recover(scene.vm());
            return;
        }
        scene.change(theirs.volumes());
        List<String> before = state();

        String outcome = sleeper.resume();

        outcomes.merge(outcome.replaceFirst(":.*", ""), 1, Integer::sum);
        assertThat(state()).as(where + ": " + outcome).isEqualTo(before);
        scene.assertChanged(where);
        assertThat(outcome).as(where).matches("(DONE|LEASE_LOST: .*|RefusedException: .*|NoSuchSnapshot.*)");
        assertThat(scene.snapshots().recover(scene.vm()).recovered()).as(where).isEmpty();
    }

    private List<String> state() {
        List<String> state = new ArrayList<>(scene.state());
        state.add(scene.snapshots().tree(scene.vm()).toString());
        return state;
    }

    /** Waits until the lease of the other is over. */
    private RecoveryReport recovered() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            RecoveryReport report = scene.snapshots().recover(scene.vm());
            boolean held = report.recovered().stream().anyMatch(r -> r.outcome() == Outcome.IN_PROGRESS);
            if (!held) {
                return report;
            }
            assertThat(System.nanoTime()).as("the lease is still held").isLessThan(end);
            Thread.sleep(50);
        }
    }

    /** Ends the manager, tells how often it was suspended and how its verbs ended, and deletes all snapshots. */
    @Override
    public void close() {
        System.out.println("suspended and woken: " + scene + ", " + verb + ": " + suspended + " " + outcomes);
        sleeper.close();
        scene.snapshots().deleteAll(scene.vm(), ADMIN).await();
    }
}
