package dev.vmsnap.cli;

import dev.vmsnap.SnapshotSettings;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes: as it is, or in a binary unit. */
final class ByteCount {
    /** The word for no quota. */
    static final String NONE = "none";

    private static final String UNITS = "KMGT";
    private static final Pattern FORM = Pattern.compile("(\\d{1,18})(?:([KMGT])(?:IB)?)?");

    private ByteCount() {}

    static long of(String text) {
        Matcher form = FORM.matcher(text.toUpperCase(Locale.ROOT));
        if (!form.matches()) {
            throw wrong(text);
        }
        int unit = form.group(2) == null ? 0 : UNITS.indexOf(form.group(2)) + 1;
        try {
            return Math.multiplyExact(Long.parseLong(form.group(1)), 1L << (10 * unit));
        } catch (ArithmeticException e) {
            throw wrong(text);
        }
    }

    private static TypeConversionException wrong(String text) {
        return new TypeConversionException("'" + text + "' is no number of bytes, such as 500M or 10G");
    }

    /** Reads a quota: a number of bytes, or that there is none. */
    static final class Quota implements ITypeConverter<Long> {
        @Override
        public Long convert(String text) {
            return text.equals(NONE) ? SnapshotSettings.NO_QUOTA : of(text);
        }
    }
}
