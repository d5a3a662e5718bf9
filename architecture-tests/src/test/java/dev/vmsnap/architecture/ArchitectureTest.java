package dev.vmsnap.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ArchitectureTest {

    /** Every public type is a promise to keep; whoever raises this explains which promise was missing. */
    private static final int MOST_PUBLIC_TYPES = 49;

    /** Far below the real number: it only shows that the classes were found. Raise it as the house grows. */
    private static final int FEWEST_CLASSES = 60;

    static Stream<HouseRule> rules() {
        return Stream.of(Layers.ARROWS, Purity.RULES, Fencing.RULES, Surface.RULES)
                .flatMap(List::stream);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void theProductKeepsTheRule(HouseRule house) {
        house.rule().check(Product.CLASSES);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rules")
    void theRuleReportsTheClassThatWasPlantedToBreakIt(HouseRule house) {
        List<String> reports =
                house.rule().evaluate(Product.PLANTED).getFailureReport().getDetails();

        assertThat(reports).anyMatch(report -> report.contains(house.breaker()));
    }

    @Test
    void theRulesLookAtEveryLibraryAndEveryHost() {
        Set<String> packages =
                Product.CLASSES.stream().map(JavaClass::getPackageName).collect(Collectors.toSet());

        assertThat(packages)
                .contains(
                        "dev.vmsnap",
                        "dev.vmsnap.spi",
                        "dev.vmsnap.core",
                        "dev.vmsnap.kvm",
                        "dev.vmsnap.manifest",
                        "dev.vmsnap.storage.file",
                        "dev.vmsnap.storage.lvm",
                        "dev.vmsnap.storage.nas",
                        "dev.vmsnap.store.jdbc",
                        "dev.vmsnap.testkit",
                        "dev.vmsnap.tck",
                        "dev.vmsnap.cli",
                        "dev.vmsnap.kvmhost",
                        "dev.vmsnap.quickstart");
        assertThat(Product.CLASSES).hasSizeGreaterThan(FEWEST_CLASSES);
    }

    @Test
    void publicTypesAreRationed() {
        List<String> published = Product.CLASSES.stream()
                .filter(type ->
                        Set.of(Packages.ROOT, Packages.SPI, Packages.CORE).contains(type.getPackageName()))
                .filter(type -> type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC))
                .map(JavaClass::getName)
                .sorted()
                .toList();

        assertThat(published).isNotEmpty().hasSizeLessThanOrEqualTo(MOST_PUBLIC_TYPES);
    }
}
