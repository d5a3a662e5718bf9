package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class NeededFilesTest {
    private static Map<String, String> of(String xml, boolean variables) {
        return NeededFiles.of(DomainXml.parse("<domain>" + xml + "</domain>"), variables);
    }

    @Test
    void firmwareAndWhatAKernelIsBootedFrom() {
        assertThat(of("""
                        <os><loader type='pflash'>/fw</loader><nvram template='/t'>/n/v</nvram>
                        <kernel>/k</kernel><initrd>/i</initrd><dtb>/d</dtb><acpi><table type='slic'>/a</table></acpi></os>
                        """, false))
                .isEqualTo(Map.of(
                        "/fw", "firmware",
                        "/t", "template of UEFI variables",
                        "/n", "directory of UEFI variables",
                        "/k", "kernel",
                        "/i", "initrd",
                        "/d", "device tree",
                        "/a", "ACPI table"));
    }

    @Test
    void withVariablesThatAreKnownNoTemplateIsNeeded() {
        assertThat(of("<os><nvram template='/t'>/n/v</nvram></os>", true)).containsOnlyKeys("/n");
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
                        """, false))
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
                        """, false)).containsOnlyKeys("/cfg", "/rom", "/shared", "/nv");
    }

    @Test
    void aNameWithoutADirectoryIsLibvirtsAffair() {
        assertThat(of("<os><loader>bios.bin</loader></os>", false)).isEmpty();
    }
}
