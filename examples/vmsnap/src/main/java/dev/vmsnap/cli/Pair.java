package dev.vmsnap.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * What an option says of one thing.
 *
 * @param key the thing; not empty
 * @param value what is said of it
 */
record Pair(String key, String value) {

    /** Returns what all pairs of an option say; a key that is there twice says no one clear thing. */
    static Map<String, String> map(String option, List<Pair> pairs) {
        Map<String, String> map = new LinkedHashMap<>();
        for (Pair pair : pairs) {
            if (map.put(pair.key, pair.value) != null) {
                throw new UsageException(option + " says two things of '" + pair.key + "'.");
            }
        }
        return map;
    }

    /** The same for disks and where they are or go: none of that is empty. */
    static Map<String, String> places(String option, List<Pair> pairs) {
        for (Pair pair : pairs) {
            if (pair.value.isBlank()) {
                throw new UsageException(option + " names no place for '" + pair.key + "'.");
            }
        }
        return map(option, pairs);
    }

    /** Reads a pair at its first equals sign. */
    static final class Reader implements ITypeConverter<Pair> {
        @Override
        public Pair convert(String text) {
            int at = text.indexOf('=');
            if (at < 0 || text.substring(0, at).isBlank()) {
                throw new TypeConversionException("'" + text + "' is not of that form");
            }
            return new Pair(text.substring(0, at), text.substring(at + 1));
        }
    }
}
