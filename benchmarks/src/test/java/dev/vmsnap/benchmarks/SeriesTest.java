package dev.vmsnap.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SeriesTest {

    @Test
    void theMedianOfAnOddNumberIsTheOneInTheMiddle() {
        assertThat(series(9, 1, 5).median()).isEqualTo(5_000_000.0);
    }

    @Test
    void theMedianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
        assertThat(series(9, 1, 5, 2).median()).isEqualTo(3_500_000.0);
    }

    @Test
    void theMiddleHalfLeavesAQuarterOutAtEachEnd() {
        assertThat(series(100, 1, 2, 3, 4, 5, 6, 0).text()).isEqualTo("3.5 (2.0-5.0)");
    }

    @Test
    void aRatioComparesMedians() {
        assertThat(series(1, 2, 3).ratioTo(series(4, 4, 4))).isEqualTo("0.50x");
    }

    private static Series series(long... milliseconds) {
        Series series = new Series();
        for (long value : milliseconds) {
            series.add(value * 1_000_000);
        }
        return series;
    }
}
