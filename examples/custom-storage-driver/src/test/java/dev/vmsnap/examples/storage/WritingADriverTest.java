package dev.vmsnap.examples.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class WritingADriverTest {
    private static final Pattern SNIPPET = Pattern.compile(
            "^( *)<!-- snippet: (\\S+) -->\n\\1```java\n(.*?)\\1```$", Pattern.MULTILINE | Pattern.DOTALL);

    @Test
    void theGuideShowsCodeThatIsCompiled() throws IOException {
        List<MatchResult> snippets = SNIPPET.matcher(
                        Files.readString(module().resolve("../../docs/writing-a-driver.md")))
                .results()
                .toList();

        assertThat(snippets).hasSize(5);
        for (MatchResult snippet : snippets) {
            String code = snippet.group(3).replaceAll("(?m)^" + snippet.group(1), "");
            assertThat(Files.readString(source(snippet.group(2)))).contains(code);
        }
    }

    private static Path source(String name) throws IOException {
        try (Stream<Path> files = Files.walk(module().resolve("src"))) {
            return files.filter(file -> file.endsWith(name)).findFirst().orElseThrow();
        }
    }

    private static Path module() {
        Path here = Path.of("").toAbsolutePath();
        return here.endsWith("custom-storage-driver") ? here : here.resolve("examples/custom-storage-driver");
    }
}
