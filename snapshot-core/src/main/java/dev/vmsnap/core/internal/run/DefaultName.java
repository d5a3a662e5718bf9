package dev.vmsnap.core.internal.run;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/** The name of a snapshot that nobody named: date and time of its creation. */
final class DefaultName {
    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private DefaultName() {}

    static String at(Instant time, ZoneId zone) {
        return FORM.format(time.atZone(zone));
    }
}
