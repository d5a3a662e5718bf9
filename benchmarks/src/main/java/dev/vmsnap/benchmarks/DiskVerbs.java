package dev.vmsnap.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Snapshots of disks alone: the library, a script that does only what is needed, and one that looks before and after. */
final class DiskVerbs {
    private enum Verb {
        CREATE,
        RESTORE,
        DELETE;

        long run(Contestant contestant) {
            return switch (this) {
                case CREATE -> contestant.create();
                case RESTORE -> contestant.restore();
                case DELETE -> contestant.delete();
            };
        }
    }

    private record Result(Verb verb, List<Series> series) {}

    private static final int TURNS = 10;

    private final List<Contestant> contestants;
    private final Rounds rounds;

    /** Makes the match of a library, a short and a careful script, in this order. */
    DiskVerbs(List<Contestant> contestants, Rounds rounds) {
        this.contestants = List.copyOf(contestants);
        this.rounds = rounds;
    }

    /** Measures guests that run, or that are off; adds a row for each verb. */
    void measure(boolean running, Table table) {
        List<Result> results = Stream.of(Verb.values())
                .map(verb -> new Result(
                        verb, contestants.stream().map(c -> new Series()).toList()))
                .toList();
        // Only what runs in this JVM gets faster by being repeated.
        for (int turn = 0; turn < rounds.warmUp() * TURNS; turn++) {
            contestants.get(0).create();
            contestants.get(0).delete();
        }
        rounds.run(round -> {
            for (Result result : results) {
                for (int index : order(round)) {
                    Contestant contestant = contestants.get(index);
                    long nanos = result.verb().run(contestant);
                    if (!rounds.isWarmUp(round)) {
                        result.series().get(index).add(nanos);
                    }
                    if (result.verb() == Verb.RESTORE && running) {
                        contestant.guest().awaitBoot();
                    }
                }
            }
        });
        results.forEach(result -> {
            List<Series> series = result.series();
            String name = result.verb().name().toLowerCase(Locale.ROOT) + (running ? ", guest runs" : ", guest is off");
            table.row(
                    name,
                    series.get(0).text(),
                    series.get(1).text(),
                    series.get(0).ratioTo(series.get(1)),
                    series.get(2).text(),
                    series.get(0).ratioTo(series.get(2)));
        });
    }

    /** Another one begins in each round. */
    private List<Integer> order(int round) {
        List<Integer> order = new ArrayList<>();
        for (int index = 0; index < contestants.size(); index++) {
            order.add(index);
        }
        Collections.rotate(order, round);
        return order;
    }
}
