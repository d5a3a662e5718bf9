package dev.vmsnap.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import java.util.List;
import java.util.Set;

/** Requires code that changes something to take its driver from the holder of the lease, never from the wiring. */
final class Fencing {
    private static final String SPI = "dev.vmsnap.spi.";
    private static final List<String> DRIVERS = List.of(SPI + "HypervisorDriver", SPI + "StorageDriver");
    private static final Set<String> READING = Set.of(
            "id",
            "version",
            "outdated",
            "lacks",
            "programs",
            "vms",
            "find",
            "configuration",
            "differences",
            "commands",
            "commandsAs",
            "files",
            "fencedBy",
            "close",
            "images",
            "hidden",
            "read",
            "obstacles",
            "relocated",
            "traits",
            "claim",
            "inspect",
            "examine",
            "objectionsTo",
            "published");
    private static final Set<String> WIRED = Set.of("node", "nodes", "storage", "storages");

    private static final DescribedPredicate<JavaClass> CHANGING =
            describe("change something through a driver", type -> type.getMethodCallsFromSelf().stream()
                    .anyMatch(Fencing::changes));

    private static final DescribedPredicate<JavaCall<?>> FROM_THE_WIRING = describe(
            "takes a driver from the wiring",
            call -> call.getTargetOwner().getSimpleName().equals("Wiring") && WIRED.contains(call.getName()));

    static final List<HouseRule> RULES = List.of(new HouseRule(
            "what changes something has its driver from the holder of the lease",
            noClasses()
                    .that()
                    .resideInAPackage(Packages.RUN)
                    .and(CHANGING)
                    .should()
                    .callMethodWhere(FROM_THE_WIRING),
            "PlantedChange"));

    private Fencing() {}

    private static boolean changes(JavaCall<?> call) {
        String owner = call.getTargetOwner().getName();
        return DRIVERS.stream().anyMatch(driver -> owner.equals(driver) || owner.startsWith(driver + "$"))
                && !owner.endsWith("$Fence")
                && !READING.contains(call.getName());
    }
}
