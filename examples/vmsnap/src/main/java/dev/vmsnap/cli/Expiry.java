package dev.vmsnap.cli;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * When the time of a snapshot is over.
 *
 * @param instant at that instant
 * @param span or so long after it was said
 */
record Expiry(Optional<Instant> instant, Duration span) {
    /** The first instant that ISO 8601 does not write with four digits for the year. */
    private static final Instant TOO_LATE = Instant.parse("+10000-01-01T00:00:00Z");

    /** Of the groups of the pattern. */
    private static final Duration[] LENGTHS = {
        Duration.ofDays(7), Duration.ofDays(1), Duration.ofHours(1), Duration.ofMinutes(1), Duration.ofSeconds(1)
    };

    private static final Pattern SPAN =
            Pattern.compile("(?=.)(?:(\\d{1,6})w)?(?:(\\d{1,6})d)?(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");

    /** Returns the instant; one that is no more to come is a slip of the pen. */
    Instant after(Clock clock) {
        Instant now = clock.instant();
        Instant end = instant.orElseGet(() -> end(now));
        if (!end.isAfter(now)) {
            throw new UsageException("--expires wants a time to come, and " + end + " is over.");
        }
        if (!end.isBefore(TOO_LATE)) {
            throw new UsageException("--expires wants a time before the year 10000.");
        }
        return end;
    }

    /** Returns the instant that is so long ago; the beginning of time if there is none. */
    Instant before(Clock clock) {
        try {
            return instant.orElseGet(() -> clock.instant().minus(span));
        } catch (DateTimeException | ArithmeticException e) {
            return Instant.MIN;
        }
    }

    private Instant end(Instant now) {
        try {
            return now.plus(span).truncatedTo(ChronoUnit.SECONDS);
        } catch (DateTimeException | ArithmeticException e) {
            return TOO_LATE;
        }
    }

    /** Reads a span. */
    static Duration span(String text) {
        Matcher span = SPAN.matcher(text);
        return span.matches() ? sum(span) : Duration.parse(text);
    }

    private static Duration sum(Matcher span) {
        Duration sum = Duration.ZERO;
        for (int unit = 0; unit < LENGTHS.length; unit++) {
            String count = span.group(unit + 1);
            sum = count == null ? sum : sum.plus(LENGTHS[unit].multipliedBy(Long.parseLong(count)));
        }
        return sum;
    }

    /** Reads an instant or a span. */
    static final class Reader implements ITypeConverter<Expiry> {
        @Override
        public Expiry convert(String text) {
            try {
                return text.startsWith("P") || SPAN.matcher(text).matches()
                        ? new Expiry(Optional.empty(), span(text))
                        : new Expiry(Optional.of(OffsetDateTime.parse(text).toInstant()), Duration.ZERO);
            } catch (DateTimeParseException e) {
                throw new TypeConversionException(
                        "'" + text + "' is neither an instant such as 2030-01-31T12:00Z nor a time from now such as 7d,"
                                + " 12h or PT1H");
            }
        }
    }
}
