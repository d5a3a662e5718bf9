package dev.vmsnap.it;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Domains as virt-install writes them for common systems go through every verb; QEMU runs as root. */
final class CommonDomainsTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void debianWithSpiceAndAConsole() throws IOException {
        CommonDomain.debian(lab).goesThroughEveryVerb();
    }

    @Test
    void redHatWithUefiAndATpm() throws IOException {
        CommonDomain.redHat(lab).goesThroughEveryVerb();
    }

    @Test
    void windows10OnSata() throws IOException {
        CommonDomain.windows10(lab).goesThroughEveryVerb();
    }

    @Test
    void windows11WithSecureBootAndATpm() throws IOException {
        CommonDomain.windows11(lab).goesThroughEveryVerb();
    }
}
