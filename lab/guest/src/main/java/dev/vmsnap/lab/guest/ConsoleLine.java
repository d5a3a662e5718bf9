package dev.vmsnap.lab.guest;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of a guest.
 *
 * @param letter what it is about: B, C, D a disk at boot, R filled RAM, T a tick, V an answer to the key v, X the key x,
 *     E a disk that refused a write, {@link #BROKEN}
 * @param number the counter, or 0 where there is none
 */
record ConsoleLine(char letter, long number) {
    static final char BROKEN = '!';

    /** A guest that was killed leaves half a line before the first one of the next guest: only the end counts. */
    private static final Pattern NUMBERED = Pattern.compile("([BCDTV])([0-9A-F]{8})$");

    private static final Pattern SINGLE = Pattern.compile("([REX])$");

    /** Reads a line without its end; empty if it says nothing. */
    static Optional<ConsoleLine> of(String text) {
        if (text.endsWith("BROKEN")) {
            return Optional.of(new ConsoleLine(BROKEN, 0));
        }
        Matcher numbered = NUMBERED.matcher(text);
        if (numbered.find()) {
            return Optional.of(new ConsoleLine(numbered.group(1).charAt(0), Long.parseLong(numbered.group(2), 16)));
        }
        Matcher single = SINGLE.matcher(text);
        return single.find() ? Optional.of(new ConsoleLine(single.group(1).charAt(0), 0)) : Optional.empty();
    }

    Optional<ConsoleLine> is(char wanted) {
        return letter == wanted ? Optional.of(this) : Optional.empty();
    }
}
