package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal.Code;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which keys docs/errors.md promises in the data of each refusal. */
final class ErrorsPage {
    private static final Pattern KEY = Pattern.compile("`([a-z]+)`");

    private ErrorsPage() {}

    static Map<Code, Set<String>> keys() {
        Map<Code, Set<String>> keys = new EnumMap<>(Code.class);
        List<String> page = lines();
        List<String> fromRefusalsOn = page.subList(page.indexOf("## Refusals") + 1, page.size());
        for (String line : fromRefusalsOn.stream()
                .takeWhile(line -> !line.startsWith("## "))
                .toList()) {
            if (line.startsWith("| `")) {
                String[] cells = line.split("\\|", -1);
                keys.put(
                        Code.valueOf(cells[1].replace("`", "").strip()),
                        KEY.matcher(cells[3].replaceAll("\\([^)]*\\)", ""))
                                .results()
                                .map(key -> key.group(1))
                                .collect(Collectors.toSet()));
            }
        }
        return keys;
    }

    private static List<String> lines() {
        try {
            return Files.readAllLines(Path.of("..", "docs", "errors.md"));
        } catch (IOException e) {
            throw new AssertionError("the page is in the docs directory of the repository", e);
        }
    }
}
