package dev.vmsnap.benchmarks;

import dev.vmsnap.Actor;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.spi.Commands.Command;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Snapshots of logical volumes on a node of the lab: the library beside the very same commands, sent there one by one and
 * in a script on the node, what each verb starts there, how long a guest is held, and how long a thin restore takes by
 * size.
 */
public final class LvmVerbs {
    private static final Actor ADMIN = Actor.administrator("benchmark");
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LARGE_GIB = 16;
    private static final int COUNTED_DISKS = 3;

    private final LabNode node;
    private final VmSnapshots snapshots;
    private final Recorder recorder;
    private final int rounds;

    private LvmVerbs(LabNode node, VmSnapshots snapshots, Recorder recorder, int rounds) {
        this.node = node;
        this.snapshots = snapshots;
        this.recorder = recorder;
        this.rounds = rounds;
    }

    /**
     * Arguments: name of the node, its libvirt URI, OpenSSH's configuration for it, directory to work in, number of
     * rounds.
     *
     * @param arguments the arguments
     */
    public static void main(String[] arguments) {
        if (arguments.length != 5) {
            System.err.println("usage: LvmVerbs NODE URI SSH-CONFIGURATION DIRECTORY ROUNDS");
            System.exit(2);
        }
        LabNode node = new LabNode(arguments[0], arguments[1], "", Path.of(arguments[2]));
        try (KvmHypervisor reached = KvmHypervisor.connect(node.uri())) {
            Recorder recorder = new Recorder(reached.commands());
            try (VmSnapshots snapshots = SnapshotEngine.builder()
                    .node(node.name(), KvmHypervisor.connect(node.uri(), recorder, reached.files()))
                    .storage(LvmStorage.inVolumeGroup(node.ownGroup()))
                    .store(JdbcStore.sqlite(Path.of(arguments[3]).resolve("snapshots.db")))
                    .build()) {
                LvmVerbs all = new LvmVerbs(node, snapshots, recorder, Integer.parseInt(arguments[4]));
                node.run("lvcreate", "-qy", "-L", "1G", "--thinpool", "pool", node.ownGroup());
                all.verbs();
                all.pauses();
                all.sizes();
            }
        }
    }

    private void verbs() {
        Table table = new Table()
                .row("ms", "library", "its commands by ssh", "ratio", "in a script there", "ratio", "processes");
        for (boolean thin : new boolean[] {false, true}) {
            try (Guest guest = new Guest(thin, 2, "64M")) {
                // The first snapshot of a VM makes the place for its records; what counts is every later one.
                snapshots.create(guest.vm, SnapshotSpec.named("first"), ADMIN).await();
                Series[] library = {new Series(), new Series(), new Series()};
                Series[] sent = {new Series(), new Series(), new Series()};
                Series[] script = {new Series(), new Series(), new Series()};
                int[] processes = new int[library.length];
                for (int round = 0; round < rounds; round++) {
                    List<List<Command>> commands = new ArrayList<>();
                    Snapshot[] taken = new Snapshot[1];
                    List<Runnable> verbs = List.of(
                            () -> taken[0] = snapshots
                                    .create(guest.vm, SnapshotSpec.named("next"), ADMIN)
                                    .await(),
                            () -> snapshots
                                    .restore(guest.vm, taken[0].id(), ADMIN)
                                    .await(),
                            () -> snapshots
                                    .delete(guest.vm, taken[0].id(), ADMIN)
                                    .await());
                    for (int verb = 0; verb < library.length; verb++) {
                        recorder.taken();
                        library[verb].add(nanos(verbs.get(verb)));
                        commands.add(recorder.taken());
                        processes[verb] = commands.get(verb).size();
                    }
                    for (int verb = 0; verb < library.length; verb++) {
                        script[verb].add(NodeScript.run(node, commands.get(verb)));
                    }
                    for (int verb = 0; verb < library.length; verb++) {
                        sent[verb].add(NodeScript.send(node, commands.get(verb)));
                    }
                }
                String[] names = {"create", "restore", "delete"};
                for (int verb = 0; verb < names.length; verb++) {
                    table.row(
                            names[verb] + (thin ? ", thin" : ", thick") + ", two disks, guest is off",
                            library[verb].text(),
                            sent[verb].text(),
                            library[verb].ratioTo(sent[verb]),
                            script[verb].text(),
                            library[verb].ratioTo(script[verb]),
                            String.valueOf(processes[verb]));
                }
            }
        }
        table.print(System.out);
    }

    private void pauses() {
        Table table = new Table().row("guest held, ms", "thick", "thin");
        for (int disks : new int[] {1, 2, 4}) {
            List<String> row = new ArrayList<>(List.of(disks == 1 ? "1 disk" : disks + " disks"));
            for (boolean thin : new boolean[] {false, true}) {
                try (Guest guest = new Guest(thin, disks, "64M")) {
                    guest.start();
                    Series held = new Series();
                    for (int round = 0; round < rounds; round++) {
                        Snapshot taken = snapshots
                                .create(guest.vm, SnapshotSpec.named("held"), ADMIN)
                                .await();
                        held.add(taken.receipt().orElseThrow().pause().toNanos());
                        snapshots.delete(guest.vm, taken.id(), ADMIN).await();
                    }
                    row.add(held.text());
                }
            }
            table.row(row.toArray(String[]::new));
        }
        table.print(System.out);
    }

    private void sizes() {
        Table table = new Table().row("restore of one thin disk, ms", "library");
        for (int gib = 1; gib <= LARGE_GIB; gib *= 4) {
            try (Guest guest = new Guest(true, 1, gib + "G")) {
                Snapshot taken = snapshots
                        .create(guest.vm, SnapshotSpec.named("size"), ADMIN)
                        .await();
                Series series = new Series();
                for (int round = 0; round < rounds; round++) {
                    series.add(nanos(
                            () -> snapshots.restore(guest.vm, taken.id(), ADMIN).await()));
                }
                table.row(String.format(Locale.ROOT, "%d GiB", gib), series.text());
            }
        }
        table.print(System.out);
    }

    private static long nanos(Runnable work) {
        long begin = System.nanoTime();
        work.run();
        return System.nanoTime() - begin;
    }

    /** A VM with volumes of its own, which go with it. */
    private final class Guest implements AutoCloseable {
        private final List<String> volumes;
        private final NodeTicker ticker;
        private final VmId vm;

        Guest(boolean thin, int disks, String size) {
            String group = node.ownGroup();
            volumes = IntStream.range(0, disks).mapToObj(i -> "benchmark" + i).toList();
            for (String volume : volumes) {
                if (thin) {
                    node.run("lvcreate", "-qy", "-V", size, "--thinpool", "pool", "-n", volume, group);
                } else {
                    node.run("lvcreate", "-qy", "-L", size, "-n", volume, group);
                }
            }
            List<String> devices =
                    volumes.stream().map(v -> "/dev/" + group + "/" + v).toList();
            ticker = ticker(devices).createDisks().define();
            vm = VmId.of(ticker.uuid());
            snapshots.configure(vm, SettingsChoice.open().limit(20).allowRam(true), ADMIN);
        }

        /** The ticker itself counts on three disks at most; it has the others too. */
        private NodeTicker ticker(List<String> devices) {
            int counted = Math.min(devices.size(), COUNTED_DISKS);
            NodeTicker made = NodeTicker.onDevices(node, "benchmark", devices.subList(0, counted));
            StringBuilder more = new StringBuilder();
            for (int i = counted; i < devices.size(); i++) {
                more.append("<disk type='block' device='disk'><driver name='qemu' type='raw'/><source dev='")
                        .append(devices.get(i))
                        .append("'/><target dev='")
                        .append(TickerGuest.target(i))
                        .append("' bus='virtio'/></disk>");
            }
            return NodeTicker.of(node, made.guest().withMoreDevices(more.toString()));
        }

        void start() {
            ticker.start(PATIENCE);
        }

        @Override
        public void close() {
            ticker.remove();
            snapshots.vmDeleted(vm, ADMIN).await();
            volumes.forEach(volume -> node.run("lvremove", "-qy", node.ownGroup() + "/" + volume));
        }
    }
}
