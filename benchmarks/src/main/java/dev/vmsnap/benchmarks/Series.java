package dev.vmsnap.benchmarks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Measured times of one thing. */
final class Series {
    private static final double NANOS_PER_MILLISECOND = 1e6;

    private final List<Long> nanos = new ArrayList<>();

    void add(long measuredNanos) {
        nanos.add(measuredNanos);
    }

    double median() {
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        int half = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(half) : (sorted.get(half - 1) + sorted.get(half)) / 2.0;
    }

    /** The median and the ends of the middle half, in milliseconds. */
    String text() {
        List<Long> sorted = new ArrayList<>(nanos);
        Collections.sort(sorted);
        int quarter = sorted.size() / 4;
        return String.format(
                Locale.ROOT,
                "%.1f (%.1f-%.1f)",
                median() / NANOS_PER_MILLISECOND,
                sorted.get(quarter) / NANOS_PER_MILLISECOND,
                sorted.get(sorted.size() - 1 - quarter) / NANOS_PER_MILLISECOND);
    }

    /** This median as a multiple of another one. */
    String ratioTo(Series other) {
        return String.format(Locale.ROOT, "%.2fx", median() / other.median());
    }
}
