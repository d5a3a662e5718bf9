package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What real libvirt 9.0 and QEMU 7.2 answered. */
final class Fixtures {
    private Fixtures() {}

    static String text(String name) {
        try (InputStream stream = Fixtures.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonElement reply(String name) {
        return Qmp.Reply.parse("recorded", text(name)).orThrow();
    }
}
