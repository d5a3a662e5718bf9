package dev.vmsnap.cli;

import dev.vmsnap.Snapshot;
import dev.vmsnap.StorageKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Figures and words for people. */
final class Units {
    private static final String[] SIZES = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss xxx");

    private Units() {}

    static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < SIZES.length - 1) {
            value /= 1024;
            unit++;
        }
        boolean whole = unit == 0 || value >= 100 || value == Math.rint(value);
        return String.format(Locale.ROOT, whole ? "%.0f %s" : "%.1f %s", value, SIZES[unit]);
    }

    static String duration(Duration time) {
        double milliseconds = time.toNanos() / 1e6;
        if (time.isZero()) {
            return "0";
        }
        if (milliseconds < 1000) {
            return String.format(Locale.ROOT, milliseconds < 10 ? "%.1f ms" : "%.0f ms", milliseconds);
        }
        return milliseconds < 60_000
                ? String.format(Locale.ROOT, "%.1f s", milliseconds / 1000)
                : String.format(Locale.ROOT, "%d min %02d s", time.toMinutes(), time.toSecondsPart());
    }

    /** How long ago, and for what is older than two days the date. */
    static String age(Instant then, Clock clock) {
        Duration age = Duration.between(then, clock.instant());
        if (age.isNegative() || age.toHours() >= 48) {
            return minute(then, clock.getZone());
        }
        if (age.toMinutes() < 1) {
            return age.toSeconds() + " s ago";
        }
        return age.toHours() < 1 ? age.toMinutes() + " min ago" : age.toHours() + " h ago";
    }

    /** In how much time. */
    static String until(Instant then, Clock clock) {
        Duration left = Duration.between(clock.instant(), then);
        if (left.isNegative() || left.isZero()) {
            return "expired";
        }
        long minutes = rounded(left, Duration.ofMinutes(1));
        long hours = rounded(left, Duration.ofHours(1));
        if (hours >= 48) {
            return "in " + rounded(left, Duration.ofDays(1)) + " d";
        }
        return minutes >= 60 ? "in " + hours + " h" : "in " + Math.max(1, minutes) + " min";
    }

    /** The same as a phrase of its own. */
    static String expiry(Instant then, Clock clock) {
        String until = until(then, clock);
        return then.isAfter(clock.instant()) ? "expires " + until : until;
    }

    private static long rounded(Duration time, Duration unit) {
        return time.plus(unit.dividedBy(2)).dividedBy(unit);
    }

    static String minute(Instant time, ZoneId zone) {
        return MINUTE.format(time.atZone(zone));
    }

    static String second(Instant time, ZoneId zone) {
        return SECOND.format(time.atZone(zone));
    }

    /** A constant as words: {@code HALF_DELETED} is "half deleted". */
    static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** How well the disks of a snapshot agree. */
    static String consistency(Snapshot.Consistency level) {
        return level == Snapshot.Consistency.RAM ? "RAM" : words(level);
    }

    static String kind(StorageKind kind) {
        return switch (kind) {
            case FILE -> "file";
            case NAS -> "NAS";
            case LOCAL_LVM -> "local LVM";
            case NETWORK_LVM -> "network LVM";
            case RBD -> "Ceph RBD";
            case OTHER -> "other storage";
        };
    }

    static String count(long number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }
}
