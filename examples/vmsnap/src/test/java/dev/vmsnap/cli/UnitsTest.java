package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class UnitsTest {

    @Test
    void bytesHaveTheUnitThatFits() {
        assertThat(Units.bytes(0)).isEqualTo("0 B");
        assertThat(Units.bytes(1023)).isEqualTo("1023 B");
        assertThat(Units.bytes(1536)).isEqualTo("1.5 KiB");
        assertThat(Units.bytes(512L << 20)).isEqualTo("512 MiB");
        assertThat(Units.bytes(Long.MAX_VALUE)).isEqualTo("8 EiB");
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "12345, 12345",
        "1k, 1024",
        "3K, 3072",
        "500M, 524288000",
        "10GiB, 10737418240",
        "2T, 2199023255552",
        "none, 9223372036854775807"
    })
    void aQuotaIsReadInBinaryUnits(String text, long bytes) {
        assertThat(new ByteCount.Quota().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "1.5G", "10GB", "10 G", "G", "NONE", "9999999T", "99999999999999999999", "1P"})
    void whatIsNoNumberOfBytesIsRefused(String text) {
        assertThatThrownBy(() -> new ByteCount.Quota().convert(text)).isInstanceOf(TypeConversionException.class);
    }

    @Test
    void durationsAreShort() {
        assertThat(Units.duration(Duration.ZERO)).isEqualTo("0");
        assertThat(Units.duration(Duration.ofNanos(2_340_000))).isEqualTo("2.3 ms");
        assertThat(Units.duration(Duration.ofMillis(75))).isEqualTo("75 ms");
        assertThat(Units.duration(Duration.ofMillis(1234))).isEqualTo("1.2 s");
        assertThat(Units.duration(Duration.ofSeconds(125))).isEqualTo("2 min 05 s");
    }

    @Test
    void agesTurnIntoDatesAfterTwoDays() {
        Instant now = Instant.parse("2025-03-10T12:00:00Z");
        Clock clock = Clock.fixed(now, ZoneOffset.UTC);

        assertThat(Units.age(now.minusSeconds(5), clock)).isEqualTo("5 s ago");
        assertThat(Units.age(now.minusSeconds(600), clock)).isEqualTo("10 min ago");
        assertThat(Units.age(now.minusSeconds(7200), clock)).isEqualTo("2 h ago");
        assertThat(Units.age(now.minusSeconds(172_800), clock)).isEqualTo("2025-03-08 12:00");
        assertThat(Units.age(now.plusSeconds(60), clock)).isEqualTo("2025-03-10 12:01");
    }

    @Test
    void columnsAreCountedAsTerminalsShowThem() {
        Printable printable = new Printable(StandardCharsets.UTF_8);

        assertThat(Printable.width("abc")).isEqualTo(3);
        assertThat(Printable.width("日本")).isEqualTo(4);
        assertThat(Printable.width("e\u0301")).isEqualTo(1);
        assertThat(printable.line("日本語テキスト", 6)).isEqualTo("日本…");
        assertThat(printable.line("short", 6)).isEqualTo("short");
    }
}
