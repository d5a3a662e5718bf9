package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.VmId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class JobWatchTest {
    private static final VmId VM = VmId.of("11111111-1111-4111-8111-111111111111");

    private static void event(String name, long micros, String details) {
        JobWatch.dispatch(1, VM.value(), name, micros, details);
    }

    @Test
    void addsUpTheTimesBetweenStopAndResume() {
        try (JobWatch watch = JobWatch.on(1, VM, "job")) {
            event("STOP", 1_000, null);
            event("STOP", 2_000, null);
            event("RESUME", 5_000, null);
            event("RESUME", 6_000, null);
            event("STOP", 7_000, null);
            event("RESUME", 8_000, null);

            assertThat(watch.held()).isEqualTo(Duration.ofMillis(5));
        }
    }

    @Test
    void aGuestThatWasHeldBeforeWasHeldForNoTime() {
        try (JobWatch watch = JobWatch.on(1, VM, "job")) {
            event("RESUME", 5_000, null);

            assertThat(watch.held()).isEqualTo(Duration.ZERO);
        }
    }

    @Test
    void endsWithItsOwnJobOnly() {
        try (JobWatch watch = JobWatch.on(1, VM, "job")) {
            event("JOB_STATUS_CHANGE", 1, "{\"status\":\"running\",\"id\":\"job\"}");
            event("JOB_STATUS_CHANGE", 2, "{\"status\":\"concluded\",\"id\":\"other\"}");
            event("JOB_STATUS_CHANGE", 3, "nonsense");
            JobWatch.dispatch(2, VM.value(), "JOB_STATUS_CHANGE", 4, "{\"status\":\"concluded\",\"id\":\"job\"}");
            assertThat(watch.concluded(Duration.ZERO)).isFalse();

            event("JOB_STATUS_CHANGE", 5, "{\"status\":\"concluded\",\"id\":\"job\"}");

            assertThat(watch.concluded(Duration.ofSeconds(10))).isTrue();
        }
    }

    @Test
    void tellsWhenQemuHasBegunToMigrate() {
        try (JobWatch watch = JobWatch.on(1, VM, "")) {
            event("STOP", 1, null);
            assertThat(watch.migrating()).isFalse();

            event("MIGRATION", 2, "{\"status\":\"setup\"}");

            assertThat(watch.migrating()).isTrue();
            assertThat(watch.concluded(Duration.ZERO)).isFalse();
        }
    }

    @Test
    void aClosedWatchHearsNothing() {
        JobWatch watch = JobWatch.on(1, VM, "job");
        watch.close();

        event("JOB_STATUS_CHANGE", 5, "{\"status\":\"concluded\",\"id\":\"job\"}");

        assertThat(watch.concluded(Duration.ZERO)).isFalse();
    }
}
