package dev.vmsnap.lab.guest;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Machine code from an annotated listing: the bytes stand in the listing, only labels are worked out here. */
final class MachineCode {
    private final byte[] bytes;
    private final Map<String, Integer> labels;

    private MachineCode(byte[] bytes, Map<String, Integer> labels) {
        this.bytes = bytes;
        this.labels = labels;
    }

    /**
     * Reads a listing.
     *
     * @param lines the listing; its first lines tell the syntax
     * @param origin the address at which the code will be loaded, 0 to 65535
     * @throws IllegalArgumentException if a label is unknown, set twice or too far away, or a byte is not one
     */
    static MachineCode read(List<String> lines, int origin) {
        List<Piece> pieces = new ArrayList<>();
        Map<String, Integer> labels = new HashMap<>();
        int offset = 0;
        for (String line : lines) {
            String text = line.startsWith("#") ? "" : line.strip();
            if (text.endsWith(":")) {
                String label = text.substring(0, text.length() - 1);
                if (labels.put(label, offset) != null) {
                    throw new IllegalArgumentException("label set twice: " + label);
                }
            } else if (!text.isEmpty()) {
                for (String token : text.split("\\|", 2)[0].strip().split(" +", -1)) {
                    Piece piece = new Piece(token, offset);
                    pieces.add(piece);
                    offset += piece.size();
                }
            }
        }
        ByteArrayOutputStream code = new ByteArrayOutputStream(offset);
        pieces.forEach(piece -> code.writeBytes(piece.bytes(labels, origin)));
        return new MachineCode(code.toByteArray(), labels);
    }

    byte[] bytes() {
        return bytes.clone();
    }

    /** Distance of a label from the first byte. */
    int offset(String label) {
        Integer offset = labels.get(label);
        if (offset == null) {
            throw new IllegalArgumentException("no such label: " + label);
        }
        return offset;
    }

    private record Piece(String token, int offset) {
        private static final String FAR = ">>>>";

        int size() {
            if (token.startsWith(FAR)) {
                return 4;
            }
            return token.startsWith(">>") || token.startsWith("=") ? 2 : 1;
        }

        byte[] bytes(Map<String, Integer> labels, int origin) {
            if (token.startsWith("=")) {
                return littleEndian(origin + target(labels, 1));
            }
            if (token.startsWith(FAR)) {
                int distance = target(labels, FAR.length()) - offset - 4;
                byte[] low = littleEndian(distance);
                byte[] high = littleEndian(distance >> 16);
                return new byte[] {low[0], low[1], high[0], high[1]};
            }
            if (token.startsWith(">>")) {
                return littleEndian(target(labels, 2) - offset - 2);
            }
            if (token.startsWith(">")) {
                int distance = target(labels, 1) - offset - 1;
                if (distance < Byte.MIN_VALUE || distance > Byte.MAX_VALUE) {
                    throw new IllegalArgumentException("too far for 8 bits: " + token);
                }
                return new byte[] {(byte) distance};
            }
            if (!token.matches("[0-9A-F]{2}")) {
                throw new IllegalArgumentException("not a byte: " + token);
            }
            return new byte[] {(byte) Integer.parseInt(token, 16)};
        }

        private int target(Map<String, Integer> labels, int prefix) {
            Integer target = labels.get(token.substring(prefix));
            if (target == null) {
                throw new IllegalArgumentException("no such label: " + token);
            }
            return target;
        }

        private static byte[] littleEndian(int value) {
            return new byte[] {(byte) value, (byte) (value >> 8)};
        }
    }
}
