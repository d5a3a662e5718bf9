package dev.vmsnap.it.manual;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** The manual, page by page. */
public final class Manual {

    private Manual() {}

    /** Walks all pages in order; at the end {@code docs/conformance.md} must say what was seen. */
    public static Stream<DynamicTest> walk(Stage stage) {
        Walk walk = new Walk(stage);
        List<Rule> rules = new ArrayList<>();
        rules.addAll(new StoragePages(walk).rules());
        rules.addAll(new SettingsPages(walk).rules());
        rules.addAll(new TreePages(walk).rules());
        Map<String, String> seen = new LinkedHashMap<>();
        Stream<DynamicTest> tests = rules.stream()
                .map(rule -> dynamicTest(
                        rule.page() + ": " + rule.sentence(),
                        () -> seen.put(rule.sentence(), rule.look().call())));
        DynamicTest kept = dynamicTest("docs/conformance.md says so", () -> assertThat(Conformance.of(stage.kind()))
                .isEqualTo(seen));
        return Stream.concat(tests, Stream.of(kept));
    }
}
