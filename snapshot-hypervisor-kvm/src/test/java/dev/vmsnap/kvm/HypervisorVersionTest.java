package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HypervisorVersionTest {
    private static HypervisorVersion qemu(String version) {
        return HypervisorVersion.of("libvirt 9.0.0, QEMU " + version);
    }

    private static HypervisorVersion on(String processor) {
        return HypervisorVersion.of("libvirt 9.0.0, QEMU 7.2.22, processor " + processor);
    }

    @Test
    void isReadFromTheRecord() {
        HypervisorVersion version = on("AMD 25.1.1");

        assertThat(version.libvirt()).isEqualTo(List.of(9, 0, 0));
        assertThat(version.qemu()).isEqualTo(List.of(7, 2, 22));
        assertThat(version.processor()).isEqualTo("AMD 25.1.1");
        assertThat(HypervisorVersion.of("")).isEqualTo(new HypervisorVersion(List.of(), List.of(), ""));
        assertThat(HypervisorVersion.of("Bhyve 99999999999.1."))
                .isEqualTo(new HypervisorVersion(List.of(), List.of(), ""));
    }

    @ParameterizedTest
    @CsvSource({
        // saved with, here, an obstacle
        "7.2.22, 7.2.22, false",
        "7.2.22, 8.0.0,  false",
        "7.2.22, 10.1.0, false",
        "7.2,    7.2.5,  false",
        "7.2.22, 7.2.21, true",
        "8.0.0,  7.2.22, true",
        "10.0.0, 9.2.0,  true",
    })
    void ramOfANewerQemuIsAnObstacle(String then, String here, boolean obstacle) {
        assertThat(qemu(here).obstacle(qemu(then), false).isPresent()).isEqualTo(obstacle);
    }

    @Test
    void whatIsNotKnownIsNoObstacle() {
        assertThat(qemu("7.2.22").obstacle(HypervisorVersion.of("someone"), true))
                .isEmpty();
        assertThat(HypervisorVersion.of("someone").obstacle(qemu("7.2.22"), true))
                .isEmpty();
        assertThat(qemu("7.2.22").obstacle(on("AMD 25.1.1"), true)).isEmpty();
    }

    @Test
    void anotherProcessorIsAnObstacleWhereTheVmHasTheNodesOwn() {
        assertThat(on("Intel 6.85.7").obstacle(on("AMD 25.1.1"), true))
                .hasValueSatisfying(text -> assertThat(text).contains("Intel 6.85.7", "AMD 25.1.1"));
        assertThat(on("Intel 6.85.7").obstacle(on("AMD 25.1.1"), false)).isEmpty();
        assertThat(on("AMD 25.1.1").obstacle(on("AMD 25.1.1"), true)).isEmpty();
    }

    @Test
    void theProcessorIsToldByItsNumbers() {
        String cpu = "<vendor>AMD</vendor><signature family='25' model='1' stepping='1'/>";

        assertThat(HypervisorVersion.processor("<capabilities><host><cpu>" + cpu + "</cpu></host></capabilities>"))
                .isEqualTo(", processor AMD 25.1.1");
        assertThat(HypervisorVersion.processor("<capabilities><host><cpu/></host></capabilities>"))
                .isEmpty();
    }
}
