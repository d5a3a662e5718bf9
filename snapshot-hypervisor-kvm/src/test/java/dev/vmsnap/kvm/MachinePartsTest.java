package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MachinePartsTest {
    private static MachineParts of(String os, String devices) {
        return MachineParts.of(
                DomainXml.parse("<domain><name>n</name>" + os + "<devices>" + devices + "</devices></domain>"));
    }

    private static MachineParts tpm(String backend) {
        return of("", "<tpm model='tpm-crb'>" + backend + "</tpm>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<os><type>hvm</type></os>",
                "<os firmware='bios'/>",
                "<os firmware='efi'><loader stateless='yes'/></os>",
                "<os><loader type='rom'>/bios</loader></os>",
                "<os><loader readonly='yes' stateless='yes' type='pflash'>/c</loader></os>"
            })
    void aMachineWithoutFirmwareThatWritesKeepsNothing(String os) {
        MachineParts parts = of(os, "<disk/>");

        assertThat(parts.any()).isFalse();
        assertThat(parts.writesFlash()).isFalse();
        assertThat(parts.flash()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<nvram>/v</nvram>",
                "<nvram template='/t'> /v\n</nvram>",
                "<nvram type='file'><source file='/v'/></nvram>",
                "<nvram type='file' format='qcow2'><source file='/v'/></nvram>"
            })
    void variablesAreInTheFileThatIsNamed(String variables) {
        MachineParts parts = of("<os><loader readonly='yes' type='pflash'>/c</loader>" + variables + "</os>", "");

        assertThat(parts.flash()).isEqualTo(Map.of("nvram", "/v"));
        assertThat(parts.unnamedVariables()).isFalse();
        assertThat(parts.any()).isTrue();
        assertThat(parts.writesFlash()).isTrue();
        assertThat(parts.obstacles()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<os firmware='efi'/>",
                "<os firmware='efi'><nvram/></os>",
                "<os><loader readonly='yes' type='pflash'>/c</loader><nvram template='/t'/></os>"
            })
    void libvirtChoosesTheFileWhereNoneIsNamed(String os) {
        MachineParts parts = of(os, "");

        assertThat(parts.flash()).isEmpty();
        assertThat(parts.unnamedVariables()).isTrue();
        assertThat(parts.any()).isTrue();
        assertThat(parts.writesFlash()).isTrue();
    }

    @Test
    void aFirmwareThatIsNotKeptApartFromItsVariablesIsAPart() {
        MachineParts parts = of("<os><loader readonly='no' type='pflash'>/both</loader></os>", "");

        assertThat(parts.flash()).isEqualTo(Map.of("loader", "/both"));
        assertThat(parts.writesFlash()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<nvram type='network'><source protocol='iscsi' name='x'/></nvram>|over the network (iscsi)",
                "<nvram type='block'><source dev='/dev/vg/v'/></nvram>|/dev/vg/v",
                "<nvram>/dev/vg/v</nvram>|/dev/vg/v",
                "<nvram type='volume'/>|volume",
                "<varstore template='/t' path='/v.json'/>|<varstore>",
                "<loader readonly='no' type='pflash'>/dev/vg/c</loader>|/dev/vg/c"
            })
    void variablesThatAreInNoFileAreAnObstacleThatSaysHowToMendIt(String os, String what) {
        MachineParts parts = of("<os>" + os + "</os>", "");

        assertThat(parts.obstacles()).singleElement().asString().contains(what, "give the VM a ");
        assertThat(parts.flash()).isEmpty();
        assertThat(parts.any()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"2.0,2.0", "1.2,1.2", ",2.0"})
    void anEmulatedTpmIsAPart(String version, String expected) {
        MachineParts parts =
                tpm("<backend type='emulator'" + (version == null ? "" : " version='" + version + "'") + "/>");

        assertThat(parts.tpm()).contains(new MachineParts.EmulatedTpm(expected, Optional.empty()));
        assertThat(parts.any()).isTrue();
        assertThat(parts.writesFlash()).isFalse();
        assertThat(parts.obstacles()).isEmpty();
    }

    @Test
    void aTpmMayHaveADirectoryOfItsOwn() {
        assertThat(tpm("<backend type='emulator' version='2.0'><source type='dir' path='/t'/></backend>")
                        .tpm())
                .contains(new MachineParts.EmulatedTpm("2.0", Optional.of("/t")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<backend type='passthrough'><device path='/dev/tpm0'/></backend>|the node's own",
                "<backend type='external'><source type='unix' mode='connect' path='/s'/></backend>|external",
                "<backend type='emulator'><source type='file' path='/t'/></backend>|source type file"
            })
    void aTpmWhoseStateIsElsewhereIsAnObstacleThatSaysHowToMendIt(String backend, String what) {
        MachineParts parts = tpm(backend);

        assertThat(parts.obstacles()).singleElement().asString().contains(what, "give ");
        assertThat(parts.tpm()).isEmpty();
        assertThat(parts.any()).isTrue();
    }
}
