package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The bytes of a small file as text: compressed, since stores of firmware variables are nearly empty. */
final class Packed {
    private Packed() {}

    static String pack(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Base64.getEncoder().encodeToString(packed.toByteArray());
    }

    /** The bytes again; what is not what was packed is a failure. */
    static byte[] unpack(String text) {
        try (GZIPInputStream gzip =
                new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(text)))) {
            byte[] bytes = gzip.readNBytes(LocalFiles.LARGEST + 1);
            if (bytes.length > LocalFiles.LARGEST) {
                throw Failures.broken("a part of a machine's state is larger than " + LocalFiles.LARGEST + " bytes");
            }
            return bytes;
        } catch (IOException | IllegalArgumentException e) {
            throw Failures.of(Reason.BROKEN, "a part of a machine's state is damaged", e);
        }
    }
}
