package dev.vmsnap.it;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The same where QEMU runs as libvirt's own user, and libvirt gives files to it and takes them back. */
final class LibvirtsOwnUserTest {
    @RegisterExtension
    final Lab lab = Lab.ofLibvirtsUser();

    @Test
    void debianWithSpiceAndAConsole() throws IOException {
        CommonDomain.debian(lab).goesThroughEveryVerb();
    }

    @Test
    void redHatWithUefiAndATpm() throws IOException {
        CommonDomain.redHat(lab).goesThroughEveryVerb();
    }
}
