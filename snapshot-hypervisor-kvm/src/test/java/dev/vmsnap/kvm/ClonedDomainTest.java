package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription.Disk;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ClonedDomainTest {
    private static final String OLD = """
            <domain type='kvm' id='3'>
              <name>old</name>
              <uuid>b9577768-4170-40dd-90e0-9519c7d725a0</uuid>
              <genid>11111111-4170-40dd-90e0-9519c7d725a0</genid>
              <sysinfo type='smbios'><system><entry name='uuid'>b9577768-4170-40dd-90e0-9519c7d725a0</entry>
              <entry name='serial'>s-1</entry></system></sysinfo>
              <os><type>hvm</type><loader type='pflash'>/fw</loader><nvram template='/t'>/n/old_VARS.fd</nvram></os>
              <devices>
                <disk type='file' device='disk'><source file='/old-a' index='1'><seclabel model='dac'/></source>
                  <backingStore type='file'><source file='/base'/></backingStore><target dev='vda'/></disk>
                <disk type='block' device='disk'><source dev='/dev/vg/old'/><target dev='vdb'/></disk>
                <disk type='file' device='disk'><source file='/left-out'/><target dev='vdc'/></disk>
                <disk type='file' device='cdrom'><source file='/iso'/><target dev='sda'/><readonly/></disk>
                <interface type='bridge'><mac address='52:54:00:00:00:01'/><source bridge='br0'/>
                  <virtualport type='openvswitch'><parameters interfaceid='9'/></virtualport></interface>
                <tpm model='tpm-crb'><backend type='emulator'><source type='dir' path='/old-tpm'/></backend></tpm>
                <graphics type='vnc' port='5901' passwd='secret'/>
              </devices>
              <seclabel type='dynamic' model='dac'/>
            </domain>
            """;

    private static String cloned(Map<String, String> sources) {
        return KvmHypervisor.clonedDomain(new VmConfiguration(OLD, "<domain/>"), "new & <other>", sources);
    }

    @Test
    void whatMakesTheOldVmItselfIsLeftOut() {
        String xml = cloned(Map.of("vda", "/new-a", "vdb", "/dev/vg/new"));

        assertThat(DomainXml.parse(xml).name()).isEqualTo("new & <other>");
        assertThat(xml)
                .doesNotContain(
                        "b9577768",
                        "11111111",
                        "52:54:00",
                        "interfaceid",
                        "old_VARS",
                        "old-tpm",
                        "seclabel",
                        "id=\"3\"",
                        "<uuid>")
                .contains("/fw", "template=\"/t\"", "s-1", "br0", "5901");
    }

    @Test
    void disksAreTheCopiesAndWhatTheGuestCannotWriteTo() {
        DomainXml xml = DomainXml.parse(cloned(Map.of("vda", "/new-a", "vdb", "/dev/vg/new")));

        assertThat(xml.disks())
                .extracting(Disk::target, Disk::source)
                .containsExactly(
                        org.assertj.core.api.Assertions.tuple("vda", Optional.of("/new-a")),
                        org.assertj.core.api.Assertions.tuple("vdb", Optional.of("/dev/vg/new")),
                        org.assertj.core.api.Assertions.tuple("sda", Optional.of("/iso")));
        assertThat(Xml.write(Xml.parse(cloned(Map.of("vda", "/new-a"))))).doesNotContain("/base", "/dev/vg/old");
    }

    @Test
    void aNameAndKnownDisksAreNeeded() {
        assertThatThrownBy(() -> cloned(Map.of("vdx", "/x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("vdx");
        assertThatThrownBy(() -> KvmHypervisor.clonedDomain(new VmConfiguration(OLD, OLD), " ", Map.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
