package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Help and the page say the same. */
final class DocumentedVerbsTest {
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z-]*");
    private static final Pattern OPTION_OF_HELP = Pattern.compile("(?m)^ {2}(?:-\\w,| {3}) (--[a-z][a-z-]*)");
    private static final Pattern VERB_OF_HELP = Pattern.compile("(?m)^ {2}([a-z][a-z-]+) {2,}\\S");
    private static final Pattern WORD = Pattern.compile("`([a-z][a-z-]*)");

    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void everyVerbStandsInThePageAndNoOther() throws IOException {
        Set<String> documented = rows("## Verbs").stream()
                .map(row -> cells(row)[0])
                .flatMap(cell -> found(WORD, cell))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(verbs()).hasSizeGreaterThan(20);
        assertThat(documented).isEqualTo(verbs());
    }

    @Test
    void everyOptionOfAVerbStandsInThePageAndNoOther() throws IOException {
        Set<String> documented = rows("## Options of single verbs").stream()
                .flatMap(row -> found(WORD, cells(row)[1])
                        .flatMap(verb -> found(OPTION, cells(row)[0]).map(option -> verb + " " + option)))
                .collect(Collectors.toCollection(TreeSet::new));
        found(OPTION, section("### check")).forEach(option -> documented.add("check " + option));

        Set<String> told = verbs().stream()
                .filter(verb -> !verb.equals("generate-completion"))
                .flatMap(verb -> optionsOf(verb).stream().map(option -> verb + " " + option))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(told).hasSizeGreaterThan(50);
        assertThat(documented).isEqualTo(told);
    }

    @Test
    void everyOptionOfAllVerbsStandsInThePageAndNoOther() throws IOException {
        Set<String> documented = rows("## Options of every verb").stream()
                .flatMap(row -> found(OPTION, cells(row)[0]))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> told = found(OPTION_OF_HELP, bench.vmsnap("--help").out())
                .filter(option -> !option.equals("--help") && !option.equals("--version"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented).isNotEmpty().isEqualTo(told);
    }

    @Test
    void everyQuestionAndItsOwnOptionsStandInThePage() throws IOException {
        String section = section("### check");

        assertThat(new Question.Words())
                .allSatisfy(question -> assertThat(section).containsPattern("[` ]" + question + "[` ]"));
        assertThat(new CheckVerb.Kinds()).allSatisfy(kind -> assertThat(section).contains("`" + kind + "`"));
        assertThat(section).contains("--change", "--to-node", "--to-storage", "--on");
    }

    @Test
    void everyOptionOfCheckIsOfSomeQuestionAndOfTheVerbThatIsCalledSo() {
        Set<String> own = optionsOf("check");

        assertThat(own).hasSizeGreaterThan(10).allSatisfy(option -> assertThat(Question.values())
                .anyMatch(question -> question.options().contains(option)));
        for (Question question : Question.values()) {
            String word = Choices.word(question);
            if (verbs().contains(word)) {
                assertThat(optionsOf(word).stream()
                                .filter(option -> !Set.of("--dry-run", "--yes").contains(option)))
                        .as(word)
                        .allMatch(option -> question.options()
                                .contains(
                                        question == Question.MIGRATE && option.equals("--to") ? "--to-node" : option));
            }
        }
    }

    @Test
    void helpOfAVerbIsOfThatVerbAndFitsATerminal() {
        for (String verb : verbs()) {
            String help = bench.vmsnap(verb, "--help").out();

            assertThat(help)
                    .as(verb)
                    .contains("Options of every verb, such as --json and --connect: 'vmsnap --help'.")
                    .doesNotContain("--store");
            assertThat(help.lines()).as(verb).allMatch(line -> line.length() <= 80);
        }
        assertThat(bench.vmsnap("--help").out()).contains("--store").doesNotContain("Options of every verb");
    }

    private Set<String> verbs() {
        String help = bench.vmsnap("--help").out();
        return found(VERB_OF_HELP, help.substring(help.indexOf("Verbs:")))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<String> optionsOf(String verb) {
        return found(OPTION_OF_HELP, bench.vmsnap(verb, "--help").out())
                .filter(option -> !option.equals("--help"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> rows(String heading) throws IOException {
        return section(heading)
                .lines()
                .filter(line -> line.startsWith("| `"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String section(String heading) throws IOException {
        String page = Files.readString(DocumentedFieldsTest.repository().resolve("docs/cli.md"));
        int start = page.indexOf("\n" + heading + "\n");
        assertThat(start).as(heading).isPositive();
        int end = page.indexOf("\n#", start + heading.length());
        return page.substring(start, end < 0 ? page.length() : end);
    }

    private static String[] cells(String row) {
        return row.substring(2).split(" \\| ", -1);
    }

    private static Stream<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(DocumentedVerbsTest::last);
    }

    private static String last(MatchResult found) {
        return found.group(found.groupCount());
    }
}
