package dev.vmsnap.kvm;

import dev.vmsnap.CancelledException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/** Tells what a program prints as it does so, in whole characters. Used by one thread. */
final class Pieces {
    private final Predicate<String> wanted;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] rest = {};

    Pieces(Predicate<String> wanted) {
        this.wanted = wanted;
    }

    /**
     * Tells of what was printed since the last time, also when that is nothing.
     *
     * @param printed the bytes
     * @param last whether no more will come
     * @throws CancelledException when the program is no longer wanted
     */
    void tell(byte[] printed, boolean last) {
        ByteBuffer bytes = ByteBuffer.allocate(rest.length + printed.length);
        bytes.put(rest).put(printed).flip();
        CharBuffer characters = CharBuffer.allocate(bytes.remaining() + 1);
        decoder.decode(bytes, characters, last);
        rest = new byte[bytes.remaining()];
        bytes.get(rest);
        if (!wanted.test(characters.flip().toString())) {
            throw new CancelledException("the command was no longer wanted and was killed");
        }
    }
}
