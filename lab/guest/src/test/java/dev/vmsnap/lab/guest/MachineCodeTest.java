package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MachineCodeTest {

    @Test
    void bytesStandInTheListingAndCommentsDoNotCount() {
        MachineCode code = read("# E8 is a call", "", "start:", "31 C0   | xor ax, ax | 90 90");

        assertThat(code.bytes()).containsExactly(0x31, 0xC0);
    }

    @Test
    void shortDistancesCountFromTheNextInstruction() {
        MachineCode code =
                read("back:", "90 | nop", "EB >back | jmp", "EB >ahead | jmp", "90 | nop", "ahead:", "90 | nop");

        assertThat(code.bytes()).containsExactly(0x90, 0xEB, 0xFD, 0xEB, 0x01, 0x90, 0x90);
    }

    @Test
    void longDistancesAndAddressesAreLittleEndian() {
        MachineCode code = read("E8 >>sub | call", "BE =sub | mov", "sub:", "C3 | ret");

        assertThat(code.bytes()).containsExactly(0xE8, 0x03, 0x00, 0xBE, 0x06, 0x7C, 0xC3);
        assertThat(code.offset("sub")).isEqualTo(6);
    }

    @Test
    void aLabelThatIsNotThereIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> read("EB >away | jmp"));
        assertThatIllegalArgumentException().isThrownBy(() -> read("90 | nop").offset("away"));
    }

    @Test
    void aLabelSetTwiceIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> read("here:", "90 | nop", "here:"));
    }

    @Test
    void aLabelTooFarForEightBitsIsRefused() {
        List<String> lines = new ArrayList<>(Collections.nCopies(128, "90 | nop"));
        lines.add(0, "EB >end | jmp");
        lines.add("end:");

        assertThatIllegalArgumentException().isThrownBy(() -> MachineCode.read(lines, 0));
        lines.remove(1);
        assertThat(MachineCode.read(lines, 0).bytes()).startsWith(0xEB, 0x7F);
    }

    @Test
    void whatIsNotAByteIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> read("3 | ?"));
        assertThatIllegalArgumentException().isThrownBy(() -> read("123 | ?"));
    }

    private static MachineCode read(String... lines) {
        return MachineCode.read(List.of(lines), 0x7C00);
    }
}
