package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class VersionRuleTest {
    private static final String BLOCK_DISK = "<disk type='block'><source dev='/dev/vg/a'/><target dev='vda'/></disk>";
    private static final String FILE_DISK = "<disk type='file'><source file='/images/a'/><target dev='vda'/></disk>";

    @ParameterizedTest
    @CsvSource({
        // the stack, the rules that hold for it
        "'libvirt 8.0.0, QEMU 7.2.22',    OLD_LIBVIRT",
        "'libvirt 9.0.0, QEMU 6.2.0',     OLD_QEMU",
        "'libvirt 9.0.0, QEMU 7.2.22',    ''",
        "'libvirt 9.0.0, QEMU 10.0.2',    ''",
        "'libvirt 10.0.0, QEMU 8.2.2',    ''",
        "'libvirt 11.3.0, QEMU 10.0.13',  ''",
        "'libvirt 11.3.0, QEMU 11.0.0',   PAIR_CANNOT_RESTORE",
        "'libvirt 12.0.0, QEMU 11.1.3',   PAIR_CANNOT_RESTORE",
        "'libvirt 12.1.0, QEMU 11.1.3',   RAM_ON_DEVICES",
        "'libvirt 12.8.0, QEMU 11.1.3',   RAM_ON_DEVICES",
        "'libvirt 9.0.0, Test 2.0.0',     ''",
        "someone,                         ''",
    })
    void eachStackBreaksTheRulesThatAreKnownOfIt(String stack, String rules) {
        HypervisorVersion versions = HypervisorVersion.of(stack);

        assertThat(Arrays.stream(VersionRule.values())
                        .filter(rule -> rule.holds(versions))
                        .map(Enum::name)
                        .collect(Collectors.joining(" ")))
                .isEqualTo(rules);
    }

    @ParameterizedTest
    @EnumSource(VersionRule.class)
    void aPhraseNamesAVersionOfTheNode(VersionRule rule) {
        assertThat(rule.phrase(HypervisorVersion.of("libvirt 8.1.2, QEMU 8.1.2")))
                .contains("8.1.2");
    }

    @Test
    void aPairThatCannotRestoreKeepsTheRamOfEachVmFromBeingSaved() {
        HypervisorVersion pair = HypervisorVersion.of("libvirt 11.3.0, QEMU 11.0.0");

        assertThat(ramObstacles(FILE_DISK, pair)).singleElement().asString().contains("update libvirt to 12.1");
        assertThat(pair.obstacles(VersionRule.Concern.NODE)).isEmpty();
    }

    @Test
    void aLibvirtThatReadsNoRamFromDevicesConcernsVmsOnDevicesAlone() {
        HypervisorVersion versions = HypervisorVersion.of("libvirt 12.8.0, QEMU 11.1.3");

        assertThat(ramObstacles(BLOCK_DISK, versions))
                .singleElement()
                .asString()
                .contains("block device");
        assertThat(ramObstacles(FILE_DISK, versions)).isEmpty();
    }

    private static List<String> ramObstacles(String disk, HypervisorVersion versions) {
        return RamObstacles.of(
                DomainXml.parse("<domain type='kvm'><devices>" + disk + "</devices></domain>"), versions);
    }
}
