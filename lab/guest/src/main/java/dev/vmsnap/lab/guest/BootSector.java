package dev.vmsnap.lab.guest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** The first sector of the first disk: a whole guest. */
final class BootSector {
    static final int SIZE = 512;

    private static final int LOADED_AT = 0x7C00;
    private static final int SIGNATURE_AT = 510;

    private BootSector() {}

    /**
     * The sector of a ticker guest that fills some of its RAM before it ticks.
     *
     * @param fillMiB MiB above the first one to fill with numbers that do not compress, 0 to 65535
     */
    static byte[] ticker(int fillMiB) {
        if (fillMiB < 0 || fillMiB > 0xFFFF) {
            throw new IllegalArgumentException("MiB to fill must be 0 to 65535: " + fillMiB);
        }
        MachineCode code = code("ticker.listing");
        byte[] sector = sector(code);
        int parameter = code.offset("mebibytes");
        sector[parameter] = (byte) fillMiB;
        sector[parameter + 1] = (byte) (fillMiB >> 8);
        return sector;
    }

    /** The sector of a keeper guest. */
    static byte[] keeper() {
        return sector(code("keeper.listing"));
    }

    private static MachineCode code(String listing) {
        return code(listing, LOADED_AT);
    }

    static MachineCode code(String listing, int loadedAt) {
        return MachineCode.read(lines(listing), loadedAt);
    }

    private static byte[] sector(MachineCode code) {
        if (code.bytes().length > SIGNATURE_AT) {
            throw new IllegalStateException("the guest does not fit in a sector: " + code.bytes().length + " bytes");
        }
        byte[] sector = Arrays.copyOf(code.bytes(), SIZE);
        sector[SIGNATURE_AT] = 0x55;
        sector[SIGNATURE_AT + 1] = (byte) 0xAA;
        return sector;
    }

    private static List<String> lines(String listing) {
        try (InputStream stream = BootSector.class.getResourceAsStream(listing)) {
            if (stream == null) {
                throw new IllegalStateException("not on the class path: " + listing);
            }
            return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
