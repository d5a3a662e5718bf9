package dev.vmsnap.it.manual;

import dev.vmsnap.StorageKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The table in {@code docs/conformance.md}: what holds on which storage. */
final class Conformance {
    private static final String PAGE = "docs/conformance.md";
    private static final Map<StorageKind, String> HEADINGS = Map.of(
            StorageKind.FILE, "file",
            StorageKind.NAS, "NAS",
            StorageKind.LOCAL_LVM, "local LVM",
            StorageKind.NETWORK_LVM, "network LVM");

    private Conformance() {}

    static String heading(StorageKind kind) {
        return HEADINGS.getOrDefault(kind, kind.name());
    }

    /** What the table says of a storage, by sentence, in order. */
    static Map<String, String> of(StorageKind kind) {
        List<List<String>> rows = text().lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("|---"))
                .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                        .map(String::strip)
                        .toList())
                .toList();
        List<String> heading = rows.get(0);
        int column = IntStream.range(0, heading.size())
                .filter(i -> heading.get(i).equals(heading(kind)))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(PAGE + " says nothing of " + kind));
        Map<String, String> said = new LinkedHashMap<>();
        rows.stream().skip(1).forEach(row -> said.put(row.get(1), row.get(column)));
        return said;
    }

    private static String text() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.exists(directory.resolve(PAGE))) {
            directory = directory.getParent();
            if (directory == null) {
                throw new IllegalStateException("there is no " + PAGE);
            }
        }
        try {
            return Files.readString(directory.resolve(PAGE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
