package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class ExpiryTest {
    private final Clock clock = Clock.fixed(Instant.parse("2025-03-10T12:00:00.5Z"), ZoneOffset.UTC);

    @ParameterizedTest
    @CsvSource({
        "7d, 2025-03-17T12:00:00Z",
        "12h, 2025-03-11T00:00:00Z",
        "90m, 2025-03-10T13:30:00Z",
        "30s, 2025-03-10T12:00:30Z",
        "2w, 2025-03-24T12:00:00Z",
        "1d12h, 2025-03-12T00:00:00Z",
        "PT1H, 2025-03-10T13:00:00Z",
        "P2DT6H, 2025-03-12T18:00:00Z",
        "2025-12-31T23:59:59Z, 2025-12-31T23:59:59Z",
        "2025-12-31T12:00Z, 2025-12-31T12:00:00Z",
        "2025-12-31T12:00+02:00, 2025-12-31T10:00:00Z"
    })
    void aTimeFromNowAndAnInstantAreUnderstood(String text, Instant end) {
        assertThat(expiry(text).after(clock)).isEqualTo(end);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "7", "d", "-7d", "7 d", "7D", "12h1d", "1y", "P1Y", "soon", "2025-12-31", "12:00", "9999999d"
            })
    void anythingElseIsNot(String text) {
        assertThatThrownBy(() -> expiry(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("'" + text + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0d", "PT0S", "PT-1H", "2025-03-10T12:00:00Z", "2024-03-17T12:00Z"})
    void whatIsOverIsASlipOfThePen(String text) {
        assertThatThrownBy(() -> expiry(text).after(clock))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("is over");
    }

    @ParameterizedTest
    @ValueSource(strings = {"999999w", "PT2562047788015215H", "+10000-01-01T00:00:00Z"})
    void whatNoCalendarHoldsIsRefused(String text) {
        assertThatThrownBy(() -> expiry(text).after(clock))
                .isInstanceOf(UsageException.class)
                .hasMessageContaining("10000");
    }

    @Test
    void howLongThatIsIsSaidInRoundFigures() {
        Instant now = clock.instant();

        assertThat(Units.until(now, clock)).isEqualTo("expired");
        assertThat(Units.until(now.minusSeconds(1), clock)).isEqualTo("expired");
        assertThat(Units.until(now.plusSeconds(5), clock)).isEqualTo("in 1 min");
        assertThat(Units.until(now.plusSeconds(3599), clock)).isEqualTo("in 1 h");
        assertThat(Units.until(now.plusSeconds(86_399), clock)).isEqualTo("in 24 h");
        assertThat(Units.expiry(now, clock)).isEqualTo("expired");
        assertThat(Units.expiry(now.plusSeconds(1), clock)).isEqualTo("expires in 1 min");
        assertThat(Units.until(now.plusSeconds(7 * 86_400 - 1), clock)).isEqualTo("in 7 d");
    }

    private static Expiry expiry(String text) {
        return new Expiry.Reader().convert(text);
    }
}
