package dev.vmsnap.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static dev.vmsnap.architecture.Packages.with;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Set;

/** Inside core: run uses plan, plan uses rules, never back; rules and plans compute and do nothing else. */
final class Purity {

    private static final String[] PURE = {Packages.RULES, Packages.PLAN};

    private static final Set<String> FORBIDDEN_TYPES = Set.of(
            "java.lang.System",
            "java.lang.Thread",
            "java.lang.ThreadLocal",
            "java.lang.Runtime",
            "java.lang.Process",
            "java.lang.ProcessBuilder",
            "java.time.Clock",
            "java.util.Random",
            "java.util.Timer");

    private static final List<String> FORBIDDEN_PACKAGES = List.of(
            "java.io",
            "java.nio.file",
            "java.nio.channels",
            "java.net",
            "java.sql",
            "java.util.concurrent",
            "org.slf4j");

    private static final DescribedPredicate<JavaClass> EFFECT =
            describe("have to do with the outside world, time or threads", Purity::isEffect);

    private static final DescribedPredicate<JavaCall<?>> READS_CLOCK = describe(
            "reads the clock or rolls dice",
            call -> call.getTargetOwner().getPackageName().startsWith("java.time")
                            && call.getName().equals("now")
                    || call.getName().equals("randomUUID"));

    static final List<HouseRule> RULES = List.of(
            new HouseRule(
                    "rules know the api alone",
                    classes()
                            .that()
                            .resideInAPackage(Packages.RULES)
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(with(Packages.API, "java..", "org.jspecify..", Packages.RULES)),
                    "PlantedRule"),
            new HouseRule(
                    "plans know rules and the api alone",
                    classes()
                            .that()
                            .resideInAPackage(Packages.PLAN)
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(
                                    with(Packages.API, "java..", "org.jspecify..", Packages.RULES, Packages.PLAN)),
                    "PlantedPlan"),
            new HouseRule(
                    "what runs never looks back at the engine that starts it",
                    noClasses()
                            .that()
                            .resideInAPackage(Packages.RUN)
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(Packages.CORE),
                    "PlantedRun"),
            new HouseRule(
                    "rules and plans touch no file, clock, thread or log",
                    noClasses().that().resideInAnyPackage(PURE).should().dependOnClassesThat(EFFECT),
                    "PlantedRule"),
            new HouseRule(
                    "rules and plans are told the time",
                    noClasses().that().resideInAnyPackage(PURE).should().callMethodWhere(READS_CLOCK),
                    "PlantedPlan"));

    private Purity() {}

    private static boolean isEffect(JavaClass type) {
        String name = type.getName();
        return FORBIDDEN_TYPES.contains(name)
                || FORBIDDEN_PACKAGES.stream().anyMatch(prefix -> name.startsWith(prefix + "."))
                        && !name.equals("java.io.Serializable");
    }
}
