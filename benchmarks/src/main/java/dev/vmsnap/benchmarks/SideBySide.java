package dev.vmsnap.benchmarks;

import dev.vmsnap.VmSnapshots;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Measures the library and scripts side by side, taking turns in one run; prints medians and the middle halves. */
public final class SideBySide {
    private SideBySide() {}

    /**
     * Arguments: directory to work in, libvirt URI, root of the working tree, number of rounds that count.
     *
     * @param arguments the arguments
     */
    public static void main(String[] arguments) {
        if (arguments.length != 4) {
            System.err.println("usage: SideBySide DIRECTORY URI ROOT ROUNDS");
            System.exit(2);
        }
        Path directory = Path.of(arguments[0]);
        String uri = arguments[1];
        Path root = Path.of(arguments[2]);
        int counted = Integer.parseInt(arguments[3]);
        Path peer = root.resolve("benchmarks/peer");
        try (VmSnapshots engine = Library.engine(uri, directory.resolve("snapshots.db"))) {
            disks(engine, peer, directory, uri, new Rounds(5, counted));
            ram(engine, peer, directory, uri, new Rounds(2, Math.max(3, counted / 2)));
        }
        Path cli = root.resolve("examples/vmsnap");
        Table starts = new Table().row("start, ms", "with CDS archive", "without", "ratio");
        new StartTimes(
                        cli.resolve("vmsnap"),
                        cli.resolve("target/vmsnap.jar"),
                        uri,
                        directory.resolve("snapshots.db"),
                        new Rounds(2, counted))
                .measure(starts);
        starts.print(System.out);
    }

    private static void disks(VmSnapshots engine, Path peer, Path directory, String uri, Rounds rounds) {
        List<Guest> guests = Stream.of("library", "short", "careful")
                .map(name -> Guest.make(directory, uri, name, 32, 0))
                .toList();
        DiskVerbs match = new DiskVerbs(
                List.of(
                        Library.disksOnly(engine, guests.get(0)),
                        new Script(peer, "short", guests.get(1)),
                        new Script(peer, "careful", guests.get(2))),
                rounds);
        Table table = new Table().row("disks only, ms", "library", "short script", "ratio", "careful script", "ratio");
        guests.forEach(Guest::start);
        match.measure(true, table);
        guests.forEach(Guest::destroy);
        match.measure(false, table);
        table.print(System.out);
    }

    private static void ram(VmSnapshots engine, Path peer, Path directory, String uri, Rounds rounds) {
        Guest first = RamPause.guest(directory, uri, "ram-library");
        Guest second = RamPause.guest(directory, uri, "ram-script");
        first.start();
        second.start();
        Table table = new Table().row("with 256 MiB of RAM, ms", "library", "virsh", "ratio");
        new RamPause(Library.withRam(engine, first), new Script(peer, "ram", second), rounds).measure(table);
        table.print(System.out);
        first.destroy();
        second.destroy();
    }
}
