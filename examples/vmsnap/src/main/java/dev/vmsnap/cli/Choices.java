package dev.vmsnap.cli;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The constants of an enum as people write them: lower-case, with hyphens. */
class Choices extends AbstractList<String> {
    private final List<String> words;

    Choices(Enum<?>[] constants) {
        this.words = Arrays.stream(constants).map(Choices::word).toList();
    }

    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
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
