package dev.vmsnap.benchmarks;

import dev.vmsnap.Actor;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.benchmarks.Kind.Verb;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.storage.nas.NasStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Snapshots on every kind of storage, on a node of the lab: the library beside the bare commands and beside the very same
 * commands in a script there, what each verb starts, how long a guest is held, and how long a thin restore takes by size.
 */
public final class StorageVerbs {
    private static final Actor ADMIN = Actor.administrator("benchmark");
    private static final int DISK_MIB = 64;
    private static final int LARGE_GIB = 16;

    private final LabNode node;
    private final VmSnapshots snapshots;
    private final Recorder recorder;
    private final int rounds;

    private StorageVerbs(LabNode node, VmSnapshots snapshots, Recorder recorder, int rounds) {
        this.node = node;
        this.snapshots = snapshots;
        this.recorder = recorder;
        this.rounds = rounds;
    }

    /**
     * Arguments: name of the node, its libvirt URI, its address, OpenSSH's configuration for it, directory to work in,
     * number of rounds.
     *
     * @param arguments the arguments
     */
    public static void main(String[] arguments) {
        if (arguments.length != 6) {
            System.err.println("usage: StorageVerbs NODE URI ADDRESS SSH-CONFIGURATION DIRECTORY ROUNDS");
            System.exit(2);
        }
        LabNode node = new LabNode(arguments[0], arguments[1], arguments[2], Path.of(arguments[3]));
        try (KvmHypervisor reached = KvmHypervisor.connect(node.uri())) {
            Recorder recorder = new Recorder(reached.commands());
            try (VmSnapshots snapshots = SnapshotEngine.builder()
                    .node(node.name(), KvmHypervisor.connect(node.uri(), recorder, reached.files()))
                    .storage(LvmStorage.inVolumeGroup(node.ownGroup()).andSharedVolumeGroup(node.sharedGroup()))
                    .storage(new FileStorage())
                    .storage(new NasStorage())
                    .store(JdbcStore.sqlite(Path.of(arguments[4]).resolve("snapshots.db")))
                    .build()) {
                Kind.furnish(node);
                StorageVerbs all = new StorageVerbs(node, snapshots, recorder, Integer.parseInt(arguments[5]));
                all.verbs();
                all.pauses();
                all.sizes();
            }
        }
    }

    /** What was measured on one kind of storage. */
    private static final class Match {
        private final Map<Verb, Measured> all = new EnumMap<>(Verb.class);

        Measured of(Verb verb) {
            return all.computeIfAbsent(verb, none -> new Measured());
        }

        void report(Kind kind, Table table) {
            all.forEach((verb, times) -> table.row(times.row(kind, verb)));
        }
    }

    /** What was measured of one verb. */
    private static final class Measured {
        private final Series library = new Series();
        private final Series byHand = new Series();
        private final Series script = new Series();
        private int processes;

        String[] row(Kind kind, Verb verb) {
            return new String[] {
                kind + ": " + verb.name().toLowerCase(Locale.ROOT),
                library.text(),
                byHand.text(),
                library.ratioTo(byHand),
                script.text(),
                library.ratioTo(script),
                String.valueOf(processes)
            };
        }
    }

    private void verbs() {
        Table table = new Table()
                .row(
                        "two disks, guest is off, ms",
                        "library",
                        "by hand",
                        "ratio",
                        "same commands",
                        "ratio",
                        "processes");
        for (Kind kind : Kind.values()) {
            Match match = new Match();
            try (NodeGuest guest = new NodeGuest(node, kind, 2, DISK_MIB)) {
                VmId vm = opened(guest);
                // The first snapshot of a VM makes the place for its records; what counts is every later one.
                create(vm);
                for (int round = 0; round < rounds; round++) {
                    measure(vm, guest, match);
                }
                snapshots.vmDeleted(vm, ADMIN).await();
            }
            match.report(kind, table);
        }
        table.print(System.out);
    }

    /** One round: the library, its commands in a script, and the bare commands. */
    private void measure(VmId vm, NodeGuest guest, Match match) {
        Snapshot[] taken = new Snapshot[1];
        Map<Verb, Runnable> verbs = new EnumMap<>(Map.of(
                Verb.CREATE, () -> taken[0] = create(vm),
                Verb.RESTORE, () -> snapshots.restore(vm, taken[0].id(), ADMIN).await(),
                Verb.DELETE, () -> snapshots.delete(vm, taken[0].id(), ADMIN).await()));
        Map<Verb, List<Command>> commands = new EnumMap<>(Verb.class);
        recorder.taken();
        verbs.forEach((verb, work) -> {
            Measured times = match.of(verb);
            times.library.add(nanos(work));
            commands.put(verb, recorder.taken());
            times.processes = commands.get(verb).size();
        });
        commands.forEach((verb, all) -> match.of(verb).script.add(NodeScript.run(node, all)));
        for (Verb verb : Verb.values()) {
            match.of(verb).byHand.add(NodeScript.runLines(node, guest.byHand(verb)));
        }
    }

    private void pauses() {
        List<Kind> kinds = List.of(Kind.FILE, Kind.NAS, Kind.THICK, Kind.THIN);
        Table table = new Table()
                .row(Stream.concat(Stream.of("guest held, ms"), kinds.stream().map(Kind::toString))
                        .toArray(String[]::new));
        for (int disks : new int[] {1, 2, 4}) {
            List<String> row = new ArrayList<>(List.of(disks == 1 ? "1 disk" : disks + " disks"));
            for (Kind kind : kinds) {
                row.add(held(kind, disks).text());
            }
            table.row(row.toArray(String[]::new));
        }
        table.print(System.out);
    }

    private Series held(Kind kind, int disks) {
        Series held = new Series();
        try (NodeGuest guest = new NodeGuest(node, kind, disks, DISK_MIB)) {
            VmId vm = opened(guest);
            guest.start();
            for (int round = 0; round < rounds; round++) {
                Snapshot taken = create(vm);
                held.add(taken.receipt().orElseThrow().pause().toNanos());
                snapshots.delete(vm, taken.id(), ADMIN).await();
            }
            guest.powerOff();
            snapshots.vmDeleted(vm, ADMIN).await();
        }
        return held;
    }

    private void sizes() {
        Table table = new Table().row("restore of one thin disk, ms", "library");
        for (int gib = 1; gib <= LARGE_GIB; gib *= 4) {
            try (NodeGuest guest = new NodeGuest(node, Kind.THIN, 1, gib << 10)) {
                VmId vm = opened(guest);
                Snapshot taken = create(vm);
                Series series = new Series();
                for (int round = 0; round < rounds; round++) {
                    series.add(
                            nanos(() -> snapshots.restore(vm, taken.id(), ADMIN).await()));
                }
                table.row(String.format(Locale.ROOT, "%d GiB", gib), series.text());
                snapshots.vmDeleted(vm, ADMIN).await();
            }
        }
        table.print(System.out);
    }

    private VmId opened(NodeGuest guest) {
        VmId vm = guest.vm();
        snapshots.configure(vm, SettingsChoice.open().limit(20).allowRam(true), ADMIN);
        return vm;
    }

    private Snapshot create(VmId vm) {
        return snapshots.create(vm, SnapshotSpec.named("measured"), ADMIN).await();
    }

    private static long nanos(Runnable work) {
        long begin = System.nanoTime();
        work.run();
        return System.nanoTime() - begin;
    }
}
