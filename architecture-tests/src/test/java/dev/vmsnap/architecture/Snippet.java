package dev.vmsnap.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A piece of Java in a document, which says above itself from where it is cut: {@code <!-- from FILE: TAG, TAG -->}, the
 * file seen from the top of the repository. Several tags are parted by an empty line.
 *
 * @param origin the file and its tags, empty when the document does not say
 * @param text what the document shows
 */
record Snippet(String origin, String text) {

    private static final Pattern JAVA =
            Pattern.compile("(?:<!-- from ([^\\n]+?) -->\\n)?```java\\n(.*?)\\n```", Pattern.DOTALL);

    /** All Java in a document, in order. */
    static List<Snippet> in(String document) {
        return JAVA.matcher(document)
                .results()
                .map(found -> new Snippet(found.group(1) == null ? "" : found.group(1), found.group(2)))
                .toList();
    }

    /** What stands between the tags in the source. */
    String cut(Path repository) throws IOException {
        int colon = origin.indexOf(": ");
        if (colon < 0) {
            throw new IllegalArgumentException("this Java does not say from where it is cut:\n" + text);
        }
        String source = Files.readString(repository.resolve(origin.substring(0, colon)));
        return Stream.of(origin.substring(colon + 2).split(", "))
                .map(tag -> between(source, tag))
                .collect(Collectors.joining("\n\n"));
    }

    private static String between(String source, String tag) {
        Pattern region = Pattern.compile(
                "^ *// tag::%1$s\\[\\]\\n(.*?)\\n *// end::%1$s\\[\\]$".formatted(Pattern.quote(tag)),
                Pattern.DOTALL | Pattern.MULTILINE);
        List<String> found =
                region.matcher(source).results().map(match -> match.group(1)).toList();
        if (found.size() != 1) {
            throw new IllegalArgumentException("tag " + tag + " is there " + found.size() + " times");
        }
        return found.get(0).stripIndent();
    }
}
