package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class NativeCommandTest {
    /** As libvirt 9.0 answers, shortened. */
    private static final String ANSWER = """
            LC_ALL=C \\
            XDG_CACHE_HOME=/var/lib/libvirt/qemu/domain--1-web/.cache \\
            /usr/bin/qemu-system-x86_64 \\
            -name guest=web,debug-threads=on \\
            -object '{"qom-type":"secret","id":"masterKey0","format":"raw","file":"/var/lib/libvirt/qemu/domain--1-web/master-key.aes"}' \\
            -blockdev '{"driver":"file","filename":"/usr/share/OVMF/OVMF_CODE_4M.fd","node-name":"libvirt-pflash0-storage","read-only":true}' \\
            -blockdev '{"driver":"file","filename":"/var/lib/libvirt/qemu/nvram/it'\\''s web_VARS.fd","node-name":"libvirt-pflash1-storage"}' \\
            -machine pc-q35-7.2,pflash0=libvirt-pflash0-format,pflash1=libvirt-pflash1-format
            """;

    @Test
    void tellsThePlacesThatLibvirtChooses() {
        NativeCommand command = NativeCommand.parse(ANSWER);

        assertThat(command.variables()).contains("/var/lib/libvirt/qemu/nvram/it's web_VARS.fd");
        assertThat(command.tpmDirectory()).isEqualTo("/var/lib/libvirt/swtpm");
    }

    @Test
    void whatIsNotThereIsNotMadeUp() {
        NativeCommand command = NativeCommand.parse("/usr/bin/qemu-system-x86_64 -machine pc");

        assertThat(command.variables()).isEmpty();
        assertThatThrownBy(command::tpmDirectory).hasMessageContaining("where it keeps the state of TPMs");
        assertThat(command.keepsVariablesItself()).isFalse();
        assertThatThrownBy(() -> NativeCommand.parse("qemu '{\"half'")).hasMessageContaining("not readable");
    }

    @Test
    void tellsThatQemuItselfKeepsTheVariables() {
        assertThat(NativeCommand.parse("qemu -device '{\"driver\":\"uefi-vars-x64\",\"jsonfile\":\"/v.json\"}'")
                        .keepsVariablesItself())
                .isTrue();
    }

    @Test
    void asksForNoMoreThanThePlacesDependOn() {
        String question = NativeCommand.question(DomainXml.parse("""
                <domain type='kvm'><name>n</name><uuid>u</uuid><memory>1</memory><os firmware='efi'><type>hvm</type></os>
                <features><smm/></features><cpu mode='host-passthrough'/>
                <devices><emulator>/usr/bin/q</emulator><disk type='file'><source file='/gone'/></disk>
                <hostdev type='pci'/></devices></domain>"""));

        assertThat(question)
                .contains("type=\"kvm\"", "<name>n</name>", "firmware=\"efi\"", "smm", "/usr/bin/q")
                .doesNotContain("/gone", "hostdev", "passthrough");
    }
}
