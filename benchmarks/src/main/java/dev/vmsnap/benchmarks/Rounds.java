package dev.vmsnap.benchmarks;

import java.util.function.IntConsumer;

/**
 * How often everything is measured.
 *
 * @param warmUp rounds whose times are thrown away
 * @param counted rounds whose times count, 1 or more
 */
record Rounds(int warmUp, int counted) {
    Rounds {
        if (warmUp < 0 || counted < 1) {
            throw new IllegalArgumentException("at least one round counts: " + warmUp + ", " + counted);
        }
    }

    boolean isWarmUp(int round) {
        return round < warmUp;
    }

    void run(IntConsumer round) {
        for (int number = 0; number < warmUp + counted; number++) {
            round.accept(number);
        }
    }
}
