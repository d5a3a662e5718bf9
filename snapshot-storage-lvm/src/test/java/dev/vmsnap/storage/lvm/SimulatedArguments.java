package dev.vmsnap.storage.lvm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A command's words, taken apart. */
final class SimulatedArguments {
    private static final List<String> WITH_VALUE =
            Arrays.asList("-n", "-l", "-L", "-V", "-i", "--addtag", "--deltag", "--poll", "-S");
    private final Map<String, List<String>> values = new LinkedHashMap<>();
    private final List<String> paths = new ArrayList<>();

    SimulatedArguments(List<String> words) {
        for (int i = 1; i < words.size(); i++) {
            String word = words.get(i);
            if (WITH_VALUE.contains(word)) {
                values.computeIfAbsent(word, w -> new ArrayList<>()).add(words.get(++i));
            } else if (word.equals("-ys")) {
                values.put("-s", List.of());
            } else if (word.startsWith("-")) {
                values.put(word, List.of());
            } else {
                paths.add(
                        word.startsWith(SimulatedLvm.GROUP + "/")
                                ? word.substring(SimulatedLvm.GROUP.length() + 1)
                                : word);
            }
        }
    }

    boolean has(String option) {
        return values.containsKey(option);
    }

    String value(String option) {
        return values(option).get(0);
    }

    List<String> values(String option) {
        return values.getOrDefault(option, List.of());
    }

    long bytes(String option) {
        String text = value(option);
        if (!text.endsWith("b")) {
            throw new SimulatedLvm.Refused("a size without a unit: " + text);
        }
        return Long.parseLong(text.substring(0, text.length() - 1));
    }

    List<String> paths() {
        return paths;
    }

    String path() {
        if (paths.size() != 1) {
            throw new SimulatedLvm.Refused("one path was expected: " + paths);
        }
        return paths.get(0);
    }
}
