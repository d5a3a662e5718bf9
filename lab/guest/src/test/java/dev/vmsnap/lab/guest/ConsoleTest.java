package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ConsoleTest {
    private static final Duration AT_ONCE = Duration.ZERO;

    private final FileSystem files = Jimfs.newFileSystem(Configuration.unix());
    private final Path log = files.getPath("/guest.log");
    private final Console console = new Console(log);

    @AfterEach
    void closeFiles() throws IOException {
        files.close();
    }

    @Test
    void aBootTellsTheCounterOfEachDiskFirstDiskFirst() throws IOException {
        print("D00000003", "C00000002", "B00000001", "R");

        assertThat(console.awaitBoot(AT_ONCE).counters()).containsExactly(1L, 2L, 3L);
        console.awaitRamReady(AT_ONCE);
    }

    @Test
    void disksOfAnEarlierBootAreForgotten() throws IOException {
        print("C00000002", "B00000001", "C00000004", "B00000003");

        console.awaitBoot(AT_ONCE);

        assertThat(console.awaitBoot(AT_ONCE).counters()).containsExactly(3L, 4L);
    }

    @Test
    void eachTickIsReadOnce() throws IOException {
        print("T00000001", "T00000002");

        assertThat(console.awaitTick(AT_ONCE)).isEqualTo(1);
        assertThat(console.awaitTick(AT_ONCE)).isEqualTo(2);
        assertThatIllegalStateException()
                .isThrownBy(() -> console.awaitTick(AT_ONCE))
                .withMessageContaining("T00000002");
    }

    @Test
    void theLastTickIsTheNewestAndHasNoSign() throws IOException {
        assertThat(console.lastTick()).isEmpty();

        print("T00000001", "TFFFFFFFF");

        assertThat(console.lastTick()).hasValue(0xFFFFFFFFL);
        assertThat(console.lastTick()).hasValue(0xFFFFFFFFL);
    }

    @Test
    void aLineCountsOnlyWhenItIsWhole() throws IOException {
        Files.writeString(log, "T0000");
        assertThat(console.lastTick()).isEmpty();

        Files.writeString(log, "0007\r", StandardOpenOption.APPEND);
        assertThat(console.lastTick()).isEmpty();

        Files.writeString(log, "\n", StandardOpenOption.APPEND);
        assertThat(console.lastTick()).hasValue(7);
    }

    @Test
    void halfALineOfAKilledGuestDoesNotHideTheNextOne() throws IOException {
        print("T00000001", "T0000B00000001", "T00R", "BROKT00000002");

        assertThat(console.awaitBoot(AT_ONCE).counters()).containsExactly(1L);
        console.awaitRamReady(AT_ONCE);
        assertThat(console.awaitTick(AT_ONCE)).isEqualTo(2);
    }

    @Test
    void ticksUpToACounterArePassedOver() throws IOException {
        print("T00000001", "T00000002", "T00000003");

        assertThat(console.awaitTickAfter(2, AT_ONCE)).isEqualTo(3);
    }

    @Test
    void aJumpBackIsAReturn() throws IOException {
        print("T00000010", "T00000011", "T0000000A");

        assertThat(console.awaitReturn(AT_ONCE)).isEqualTo(0x0A);
    }

    @Test
    void aJumpBackIsAReturnAlsoWhenTheTicksBeforeWereRead() throws IOException {
        print("T00000010");
        console.skip();
        print("T0000000A");

        assertThat(console.awaitReturn(AT_ONCE)).isEqualTo(0x0A);
    }

    @Test
    void aBrokenGuestThatTicksAgainHasReturned() throws IOException {
        print("T00000010", "X", "BROKEN");
        console.awaitBroken(AT_ONCE);
        print("T00000011");

        assertThat(console.awaitReturn(AT_ONCE)).isEqualTo(0x11);
    }

    @Test
    void aBootAndWhatFollowsIsNoReturn() throws IOException {
        print("T00000010", "B00000005", "R", "T00000006", "T00000007");

        assertThatIllegalStateException().isThrownBy(() -> console.awaitReturn(AT_ONCE));
    }

    @Test
    void onlyZeroDifferencesMeanIntactRam() throws IOException {
        print("V00000000", "V00000001");

        assertThat(console.awaitRamIntact(AT_ONCE)).isTrue();
        assertThat(console.awaitRamIntact(AT_ONCE)).isFalse();
    }

    private void print(String... lines) throws IOException {
        Files.writeString(
                log, String.join("\r\n", lines) + "\r\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
