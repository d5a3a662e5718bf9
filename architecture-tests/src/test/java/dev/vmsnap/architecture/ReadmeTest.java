package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class ReadmeTest {

    private static final int MOST_LINES = 150;

    private static final Pattern VERSION = Pattern.compile("<version>([^<]+)</version>");
    private static final Pattern COMMAND = Pattern.compile("(?m)^(\\./[a-z]+|examples/vmsnap/vmsnap)(?: |$)");

    private final Path repository = Product.repository();
    private final String readme = Product.text("README.md");

    @Test
    void itIsShort() {
        assertThat(readme.lines()).hasSizeLessThanOrEqualTo(MOST_LINES);
    }

    @Test
    void allItsJavaIsCutFromCodeThatIsCompiled() throws IOException {
        List<Snippet> snippets = Snippet.in(readme);

        assertThat(snippets).hasSizeGreaterThanOrEqualTo(2);
        for (Snippet snippet : snippets) {
            assertThat(snippet.text()).isEqualTo(snippet.cut(repository));
        }
    }

    @Test
    void itNamesTheVersionThatIsBuilt() {
        String built = versions(Product.text("pom.xml")).get(0);

        assertThat(versions(readme)).isNotEmpty().containsOnly(built);
    }

    @Test
    void theCommandsThatItNamesAreThere() {
        List<String> named = COMMAND.matcher(readme)
                .results()
                .map(found -> found.group(1))
                .distinct()
                .toList();

        assertThat(named).contains("./demo", "./verify", "examples/vmsnap/vmsnap");
        assertThat(named)
                .allSatisfy(command -> assertThat(repository.resolve(command)).isExecutable());
    }

    private static List<String> versions(String text) {
        return VERSION.matcher(text).results().map(found -> found.group(1)).toList();
    }
}
