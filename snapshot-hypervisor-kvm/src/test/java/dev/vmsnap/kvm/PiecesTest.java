package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PiecesTest {
    private final List<String> told = new ArrayList<>();
    private final Pieces pieces = new Pieces(piece -> {
        told.add(piece);
        return !piece.contains("enough");
    });

    @Test
    void aCharacterIsToldWholeHoweverItsBytesCome() {
        byte[] bytes = "a\u00e4\u4e2d\ud83d\ude00z".getBytes(StandardCharsets.UTF_8);

        for (int i = 0; i < bytes.length; i++) {
            pieces.tell(Arrays.copyOfRange(bytes, i, i + 1), i == bytes.length - 1);
        }

        assertThat(told)
                .filteredOn(piece -> !piece.isEmpty())
                .containsExactly("a", "\u00e4", "\u4e2d", "\ud83d\ude00", "z");
        assertThat(told).hasSize(bytes.length);
    }

    @Test
    void whatIsNoTextIsToldAtTheEndTheLatest() {
        pieces.tell(new byte[] {'x', (byte) 0xc3}, false);
        pieces.tell(new byte[0], true);

        assertThat(told).containsExactly("x", "\ufffd");
    }

    @Test
    void nothingIsTold() {
        pieces.tell(new byte[0], false);

        assertThat(told).containsExactly("");
    }

    @Test
    void enoughIsEnough() {
        assertThatThrownBy(() -> pieces.tell("enough".getBytes(StandardCharsets.UTF_8), false))
                .isInstanceOf(CancelledException.class);
    }
}
