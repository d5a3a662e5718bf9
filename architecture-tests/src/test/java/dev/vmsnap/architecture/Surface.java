package dev.vmsnap.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** What others see of the libraries: names, signatures, null contracts, output. */
final class Surface {

    static final List<HouseRule> RULES = List.of(
            new HouseRule(
                    "public signatures show types of the JDK and our own only",
                    classes()
                            .that()
                            .resideOutsideOfPackages(
                                    Packages.with(Packages.HOSTS, "dev.vmsnap..internal..", Packages.MANIFEST))
                            .should(new ShowOnlyKnownTypes()),
                    "PlantedStoreManager"),
            new HouseRule(
                    "every package says that it is null-marked",
                    classes().should(new LiveInNullMarkedPackages()),
                    "PlantedWithoutPackageInfo"),
            new HouseRule(
                    "names are nouns of the domain",
                    noClasses().should().haveNameMatching(".*(Impl|Manager|Helper|Utils?)"),
                    "PlantedStoreManager"),
            new HouseRule(
                    "libraries never write to the standard streams",
                    noClasses()
                            .that()
                            .resideOutsideOfPackages(Packages.HOSTS)
                            .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS),
                    "PlantedEngine"),
            new HouseRule(
                    "logs go through slf4j",
                    noClasses().should().dependOnClassesThat().resideInAPackage("java.util.logging.."),
                    "PlantedEngine"));

    private Surface() {}

    private static final class ShowOnlyKnownTypes extends ArchCondition<JavaClass> {

        ShowOnlyKnownTypes() {
            super("show only types of the JDK and our own");
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            if (!visible(type)) {
                return;
            }
            shown(type)
                    .map(JavaClass::getBaseComponentType)
                    .distinct()
                    .filter(seen -> !known(type, seen))
                    .forEach(seen -> events.add(
                            SimpleConditionEvent.violated(type, type.getName() + " shows " + seen.getName())));
        }

        private static boolean visible(JavaClass type) {
            boolean open = type.getModifiers().contains(JavaModifier.PUBLIC)
                    || type.getModifiers().contains(JavaModifier.PROTECTED);
            return open
                    && type.getEnclosingClass().map(ShowOnlyKnownTypes::visible).orElse(true);
        }

        private static Stream<JavaClass> shown(JavaClass type) {
            Stream<JavaClass> parents = Stream.concat(type.getSuperclass().stream(), type.getInterfaces().stream())
                    .flatMap(parent -> parent.getAllInvolvedRawTypes().stream());
            Stream<JavaClass> members = type.getMembers().stream()
                    .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC)
                            || member.getModifiers().contains(JavaModifier.PROTECTED))
                    .flatMap(member -> member.getAllInvolvedRawTypes().stream());
            Stream<JavaClass> thrown = type.getCodeUnits().stream()
                    .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC)
                            || unit.getModifiers().contains(JavaModifier.PROTECTED))
                    .flatMap(unit -> unit.getExceptionTypes().stream());
            return Stream.of(parents, members, thrown).flatMap(types -> types);
        }

        private static boolean known(JavaClass owner, JavaClass seen) {
            String name = seen.getName();
            if (name.equals("javax.sql.DataSource")) {
                return owner.getPackageName().startsWith("dev.vmsnap.store.jdbc");
            }
            if (owner.getPackageName().startsWith("dev.vmsnap.tck")
                    && (name.startsWith("org.junit.jupiter.api.") || name.startsWith("org.assertj.core.api."))) {
                return true;
            }
            return seen.isPrimitive()
                    || name.startsWith("java.") && !name.startsWith("java.sql.")
                    || name.startsWith("dev.vmsnap.") && !name.contains(".internal.");
        }
    }

    private static final class LiveInNullMarkedPackages extends ArchCondition<JavaClass> {

        LiveInNullMarkedPackages() {
            super("live in a package that is null-marked");
        }

        @Override
        public void check(JavaClass type, ConditionEvents events) {
            boolean module = type.getSimpleName().equals("module-info");
            if (!module && !type.getPackage().isAnnotatedWith(NullMarked.class)) {
                events.add(SimpleConditionEvent.violated(
                        type, type.getName() + " lives in a package without @NullMarked"));
            }
        }
    }
}
