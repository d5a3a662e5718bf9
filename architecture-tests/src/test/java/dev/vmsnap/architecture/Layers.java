package dev.vmsnap.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static dev.vmsnap.architecture.Packages.with;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;

/** Which way the arrows point: host to core to api, and drivers to api. */
final class Layers {

    private static final String[] JDK_ONLY = {"java..", "org.jspecify.."};

    static final List<HouseRule> ARROWS = List.of(
            new HouseRule(
                    "the api knows nobody else",
                    classes()
                            .that()
                            .resideInAnyPackage(Packages.API)
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(with(Packages.API, JDK_ONLY)),
                    "PlantedDriverType"),
            new HouseRule(
                    "what a host touches never needs what a driver author implements",
                    noClasses()
                            .that()
                            .resideInAPackage(Packages.ROOT)
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage(Packages.SPI),
                    "PlantedHostType"),
            new HouseRule(
                    "core knows no driver, no test code and no host",
                    classes()
                            .that()
                            .resideInAPackage("dev.vmsnap.core..")
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(with(with(Packages.API, JDK_ONLY), "dev.vmsnap.core..", "org.slf4j..")),
                    "PlantedEngine"),
            new HouseRule(
                    "a driver knows neither core nor test code nor hosts",
                    noClasses()
                            .that()
                            .resideInAnyPackage(Packages.DRIVERS)
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(
                                    with(Packages.HOSTS, "dev.vmsnap.core..", Packages.TESTKIT, Packages.TCK)),
                    "PlantedFileDriver"),
            new HouseRule(
                    "the kvm driver knows no other driver",
                    noClasses()
                            .that()
                            .resideInAPackage("dev.vmsnap.kvm..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage("dev.vmsnap.storage..", "dev.vmsnap.store.."),
                    "PlantedKvmDriver"),
            new HouseRule(
                    "a storage driver knows no hypervisor and no store, and nobody but hosts knows nas",
                    noClasses()
                            .that()
                            .resideInAPackage("dev.vmsnap.storage..")
                            .and()
                            .resideOutsideOfPackage(Packages.NAS)
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage("dev.vmsnap.kvm..", "dev.vmsnap.store..", Packages.NAS),
                    "PlantedFileDriver"),
            new HouseRule(
                    "nas knows no hypervisor and no store either",
                    noClasses()
                            .that()
                            .resideInAPackage(Packages.NAS)
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage("dev.vmsnap.kvm..", "dev.vmsnap.store.."),
                    "PlantedNasDriver"),
            new HouseRule(
                    "storage drivers do not know each other, but nas builds on file",
                    slices().matching("dev.vmsnap.storage.(*)..")
                            .should()
                            .notDependOnEachOther()
                            .ignoreDependency(resideInAPackage(Packages.NAS), resideInAPackage(Packages.FILE)),
                    "PlantedLvmDriver"),
            new HouseRule(
                    "the manifest knows the api and its notation alone",
                    classes()
                            .that()
                            .resideInAPackage(Packages.MANIFEST)
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(
                                    with(with(Packages.API, JDK_ONLY), Packages.MANIFEST, "com.google.gson..")),
                    "PlantedManifest"),
            new HouseRule(
                    "a store knows no hypervisor and no storage",
                    noClasses()
                            .that()
                            .resideInAPackage("dev.vmsnap.store..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage("dev.vmsnap.kvm..", "dev.vmsnap.storage.."),
                    "PlantedStoreManager"),
            new HouseRule(
                    "the testkit needs the api alone",
                    classes()
                            .that()
                            .resideInAPackage(Packages.TESTKIT)
                            .should()
                            .onlyDependOnClassesThat()
                            .resideInAnyPackage(with(with(Packages.API, JDK_ONLY), Packages.TESTKIT)),
                    "PlantedFake"),
            new HouseRule(
                    "the tck knows the api and the testkit, no driver and no core",
                    noClasses()
                            .that()
                            .resideInAPackage(Packages.TCK)
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(with(with(Packages.DRIVERS, Packages.HOSTS), "dev.vmsnap.core..")),
                    "PlantedContract"),
            new HouseRule(
                    "what is internal stays inside its module",
                    noClasses()
                            .that()
                            .resideOutsideOfPackage("dev.vmsnap.core..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAPackage("dev.vmsnap.core.internal.."),
                    "PlantedContract"),
            new HouseRule(
                    "no package takes part in a cycle",
                    slices().assignedFrom(new OnePerPackage()).should().beFreeOfCycles(),
                    "PlantedFileDriver"));

    private Layers() {}

    private static final class OnePerPackage implements SliceAssignment {

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().startsWith(Packages.ROOT)
                    ? SliceIdentifier.of(type.getPackageName())
                    : SliceIdentifier.ignore();
        }

        @Override
        public String getDescription() {
            return "one slice per package";
        }
    }
}
