package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class DocumentsTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern MODULE = Pattern.compile("<module>([^<]+)</module>");
    private static final Pattern ARTIFACT = Pattern.compile("<artifactId>(snapshot-[^<]+)</artifactId>");

    @Test
    void everyLinkInADocumentLeadsToAFile() throws IOException {
        List<Path> documents = documents();

        List<String> dead = documents.stream()
                .flatMap(document -> captures(LINK, read(document))
                        .filter(link -> !link.contains(":"))
                        .filter(link -> !Files.exists(document.resolveSibling(link)))
                        .map(link -> document.getFileName() + " -> " + link))
                .toList();

        assertThat(documents).isNotEmpty();
        assertThat(dead).isEmpty();
    }

    @Test
    void theBomNamesExactlyWhatWePublish() {
        Path repository = Product.repository();

        List<String> published = captures(MODULE, read(repository.resolve("pom.xml")))
                .filter(module -> !module.equals("snapshot-bom"))
                .filter(module ->
                        !read(repository.resolve(module).resolve("pom.xml")).contains("<maven.deploy.skip>true"))
                .toList();
        List<String> named = captures(ARTIFACT, read(repository.resolve("snapshot-bom/pom.xml")))
                .filter(artifact -> !artifact.equals("snapshot-bom"))
                .toList();

        assertThat(named).isNotEmpty().containsExactlyInAnyOrderElementsOf(published);
    }

    @Test
    void everyDecisionIsListedUnderItsNumberAndTitle() throws IOException {
        Path decisions = Product.repository().resolve("docs/adr");

        try (Stream<Path> files = Files.list(decisions)) {
            List<String> entries = files.map(file -> "%s](adr/%s)".formatted(heading(file), file.getFileName()))
                    .toList();

            assertThat(entries).isNotEmpty().allSatisfy(entry -> assertThat(Product.text("docs/README.md"))
                    .containsOnlyOnce("\n" + entry.replaceFirst(" ", " [") + "\n"));
            assertThat(entries).allMatch(entry -> entry.matches("(\\d+)\\. .*\\(adr/0*\\1-.*"));
        }
    }

    private static String heading(Path document) {
        return read(document).lines().findFirst().orElse("").replaceFirst("^# ", "");
    }

    private static List<Path> documents() throws IOException {
        Path repository = Product.repository();
        try (Stream<Path> files = Files.find(
                repository,
                5,
                (file, attributes) -> attributes.isRegularFile()
                        && file.toString().endsWith(".md")
                        && Stream.of("target", ".git")
                                .noneMatch(skipped ->
                                        repository.relativize(file).toString().contains(skipped + "/")))) {
            return files.toList();
        }
    }

    private static Stream<String> captures(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(result -> result.group(1));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
