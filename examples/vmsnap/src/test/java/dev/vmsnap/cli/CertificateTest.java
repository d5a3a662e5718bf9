package dev.vmsnap.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.vmsnap.PowerState;
import dev.vmsnap.cli.CommandBench.Result;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tests the certificate that a restore prints, and the power state that it leaves. */
final class CertificateTest {
    @RegisterExtension
    private final CommandBench bench = new CommandBench();

    @Test
    void whatCouldNotBeDoneIsPrintedAndStandsInTheDocument() {
        bench.done("settings", "web-1", "--allow-ram", "true");
        bench.done("create", "web-1", "--name", "ram", "--ram");
        bench.web.agent(false);

        Result said = bench.vmsnap("restore", "web-1", "ram");
        JsonObject document = bench.vmsnap("restore", "web-1", "ram", "--json").json();

        assertThat(said.code()).isZero();
        assertThat(said.out()).contains("  running", "could not, clock:", "no guest agent", "could not, secrets:");
        JsonObject certificate = document.getAsJsonObject("certificate");
        assertThat(certificate.get("power").getAsString()).isEqualTo("RUNNING");
        assertThat(certificate.getAsJsonArray("lines")).hasSize(9);
        assertThat(certificate.toString()).contains("\"hazard\":\"CLOCK\",\"outcome\":\"COULD_NOT\"");
    }

    @Test
    void thePowerStateAfterwardsCanBeChosen() {
        bench.done("settings", "web-1", "--allow-ram", "true");
        bench.done("create", "web-1", "--name", "ram", "--ram");

        assertThat(bench.vmsnap("check", "web-1", "restore", "ram", "--power", "off")
                        .out())
                .contains("allowed for web-1", "is not loaded");
        assertThat(bench.vmsnap("restore", "web-1", "ram", "--power", "off").out())
                .contains("  off");
        assertThat(bench.web.power()).isEqualTo(PowerState.OFF);
        bench.done("restore", "web-1", "ram", "--power", "paused");
        assertThat(bench.web.power()).isEqualTo(PowerState.PAUSED);
        Result wrong = bench.vmsnap("restore", "web-1", "ram", "--power", "asleep");
        assertThat(wrong.err()).contains("as-it-was, off, paused");
    }

    @Test
    void bitmapsGoWhenThatIsSaidAndTheRefusalNamesTheWay() {
        bench.create("old");
        bench.web.disk("vda").bitmaps("backup-1");

        assertThat(bench.vmsnap("restore", "web-1", "old").err()).contains("DIRTY_BITMAPS", "--drop-bitmaps");
        assertThat(bench.vmsnap("restore", "web-1", "old", "--drop-bitmaps").out())
                .contains("must be a full one", "restored \"old\"", "bitmaps");
    }
}
