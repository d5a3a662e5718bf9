package dev.vmsnap.cli;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** The constants of an enum as people write them: lower-case, with hyphens. */
class Choices extends AbstractList<String> {
    private final List<String> words;

    Choices(Enum<?>[] constants) {
        this.words = Arrays.stream(constants).map(Choices::word).toList();
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Returns the constant of a word. */
    static <E extends Enum<E>> E constant(E[] constants, String word) {
        return Arrays.stream(constants)
                .filter(constant -> word(constant).equals(word))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "'" + word + "' is none of " + String.join(", ", new Choices(constants))));
    }

    @Override
    public String get(int index) {
        return words.get(index);
    }

    @Override
    public int size() {
        return words.size();
    }
}
