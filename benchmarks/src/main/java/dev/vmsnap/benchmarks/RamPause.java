package dev.vmsnap.benchmarks;

import java.nio.file.Path;

/** Snapshots with RAM of two guests alike: the library, and {@code virsh snapshot-create-as --no-metadata}. */
final class RamPause {
    private static final int FILLED_MIB = 256;

    private final Library library;
    private final Script script;
    private final Rounds rounds;

    RamPause(Library library, Script script, Rounds rounds) {
        this.library = library;
        this.script = script;
        this.rounds = rounds;
    }

    /** How much RAM the guests need. */
    static Guest guest(Path directory, String uri, String name) {
        return Guest.make(directory, uri, name, FILLED_MIB + 32, FILLED_MIB);
    }

    void measure(Table table) {
        Series libraryPause = new Series();
        Series receiptPause = new Series();
        Series scriptPause = new Series();
        Series libraryTime = new Series();
        Series scriptTime = new Series();
        try (PauseMeter ofLibrary = PauseMeter.of(library.guest());
                PauseMeter ofScript = PauseMeter.of(script.guest())) {
            rounds.run(round -> {
                Series unused = new Series();
                boolean counts = !rounds.isWarmUp(round);
                Runnable one = () -> {
                    take(library, ofLibrary, counts ? libraryPause : unused, counts ? libraryTime : unused);
                    long receipt =
                            library.taken().receipt().orElseThrow().pause().toNanos();
                    (counts ? receiptPause : unused).add(receipt);
                    library.delete();
                };
                Runnable other = () -> {
                    take(script, ofScript, counts ? scriptPause : unused, counts ? scriptTime : unused);
                    script.delete();
                };
                (round % 2 == 0 ? one : other).run();
                (round % 2 == 0 ? other : one).run();
            });
        }
        table.row("guest held", libraryPause.text(), scriptPause.text(), libraryPause.ratioTo(scriptPause));
        table.row("the same as the receipt tells it", receiptPause.text());
        table.row("create, whole verb", libraryTime.text(), scriptTime.text(), libraryTime.ratioTo(scriptTime));
    }

    private static void take(Contestant contestant, PauseMeter meter, Series pause, Series time) {
        // What earlier rounds left to be written must not be waited for in this one.
        Shell.run("sync");
        pause.add(meter.during(() -> time.add(contestant.create())));
    }
}
