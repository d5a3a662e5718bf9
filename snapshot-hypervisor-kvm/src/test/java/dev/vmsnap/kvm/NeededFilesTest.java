package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.kvm.NeededFiles.Start;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class NeededFilesTest {
    private static Map<String, String> of(String xml, Start start) {
        return NeededFiles.of(DomainXml.parse("<domain>" + xml + "</domain>"), start);
    }

    @Test
    void firmwareAndWhatAKernelIsBootedFrom() {
        assertThat(of("""
                        <os><loader type='pflash'>/fw</loader><nvram template='/t'>/n/v</nvram>
                        <kernel>/k</kernel><initrd>/i</initrd><dtb>/d</dtb><acpi><table type='slic'>/a</table></acpi></os>
                        """, Start.ELSEWHERE))
                .isEqualTo(Map.of(
                        "/fw", "firmware",
                        "/n", "directory of UEFI variables",
                        "/k", "kernel",
                        "/i", "initrd",
                        "/d", "device tree",
                        "/a", "ACPI table"));
    }

    @Test
    void theTemplateOfUefiVariablesIsAFileOfItsOwn() {
        DomainXml domain = DomainXml.parse("<domain><os><nvram template='/t'>/n/v</nvram></os></domain>");

        assertThat(NeededFiles.template(domain)).contains("/t");
        assertThat(NeededFiles.of(domain, Start.HERE)).containsOnlyKeys("/n");
    }

    @Test
    void onTheNodeThatHasTheVmItsFilesAndWhatLiesBelowThemAreNeeded() {
        assertThat(of("""
                        <devices>
                        <disk type='file' device='disk'><source file='/own'/><target dev='vda'/>
                        <backingStore type='file'><source file='/base'/><backingStore type='file'><source file='/root'/>
                        <backingStore/></backingStore></backingStore></disk>
                        <disk type='block' device='disk'><source dev='/dev/vg/lv'/><target dev='vdb'/></disk>
                        <disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vdc'/></disk>
                        </devices>
                        """, Start.HERE))
                .isEqualTo(Map.of(
                        "/own", "disk vda", "/base", "backing file of disk vda", "/root", "backing file of disk vda"));
    }

    @Test
    void mediaThatLibvirtStartsWithoutAreNotNeeded() {
        String drives = """
                        <devices>
                        <disk type='file' device='cdrom'><source file='/o' startupPolicy='optional'/><target dev='sda'/></disk>
                        <disk type='file' device='cdrom'><source file='/r' startupPolicy='requisite'/><target dev='sdb'/></disk>
                        </devices>
                        """;

        assertThat(of(drives, Start.WITH_RAM)).isEmpty();
        assertThat(of(drives, Start.HERE)).containsOnlyKeys("/r");
    }

    @Test
    void whatTheKernelShowsOfBridgesDevicesAndPages() {
        Map<String, String> found = of("""
                        <memoryBacking><hugepages><page size='2' unit='MiB'/></hugepages></memoryBacking>
                        <devices>
                        <interface type='bridge'><source bridge='br0'/></interface>
                        <interface type='bridge'><source bridge='ovs0'/><virtualport type='openvswitch'/></interface>
                        <interface type='direct'><source dev='eth1' mode='bridge'/></interface>
                        <interface type='network'><source network='default' bridge='virbr0'/></interface>
                        <hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x1' slot='0x0a' function='0x0'/></source></hostdev>
                        </devices>
                        """, Start.HERE);

        assertThat(found)
                .isEqualTo(Map.of(
                        "/sys/class/net/br0", "bridge br0",
                        "/sys/class/net/eth1", "network interface eth1",
                        "/sys/bus/pci/devices/0000:01:0a.0", "PCI device 0000:01:0a.0",
                        "/sys/kernel/mm/hugepages/hugepages-2048kB", "hugepages of 2048 KiB"));
        assertThat(NeededFiles.lacks("/sys/class/net/br0", "bridge br0")).isEqualTo("it has no bridge br0");
        assertThat(NeededFiles.lacks("/k", "kernel")).isEqualTo("it has no /k (kernel)");
    }

    @Test
    void mediaAndDisksThatTheGuestOnlyReadsButNoneThatStoragesLookAt() {
        assertThat(of("""
                        <devices>
                        <disk type='file' device='disk'><source file='/own'/><target dev='vda'/></disk>
                        <disk type='file' device='cdrom'><source file='/iso'/><target dev='sda'/></disk>
                        <disk type='file' device='cdrom'><target dev='sdb'/></disk>
                        <disk type='block' device='disk'><source dev='/dev/ro'/><target dev='vdb'/><readonly/></disk>
                        <disk type='file' device='disk'><source file='/scratch'/><target dev='vdc'/><transient/></disk>
                        <disk type='network' device='cdrom'><source protocol='http' name='/x'/><target dev='sdc'/></disk>
                        </devices>
                        """, Start.ELSEWHERE))
                .containsOnlyKeys("/iso", "/dev/ro", "/scratch")
                .containsEntry("/iso", "medium of sda");
    }

    @Test
    void whatDevicesReadFromTheNode() {
        assertThat(of("""
                        <sysinfo type='fwcfg'><entry name='opt/a' file='/cfg'/><entry name='opt/b'>text</entry></sysinfo>
                        <devices>
                        <interface type='network'><rom file='/rom'/></interface>
                        <interface type='network'><rom bar='off'/></interface>
                        <filesystem type='mount'><source dir='/shared'/><target dir='x'/></filesystem>
                        <memory model='nvdimm'><source><path>/nv</path></source></memory>
                        </devices>
                        """, Start.ELSEWHERE)).containsOnlyKeys("/cfg", "/rom", "/shared", "/nv");
    }

    @Test
    void aNameWithoutADirectoryIsLibvirtsAffair() {
        assertThat(of("<os><loader>bios.bin</loader></os>", Start.ELSEWHERE)).isEmpty();
    }
}
