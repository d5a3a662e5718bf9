package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QmpTest {
    @Test
    void oneTransactionTakesAllImages() {
        assertThat(JsonParser.parseString(
                        Qmp.snapshotInAll(List.of("n1", "n2"), "q\"x").json()))
                .isEqualTo(JsonParser.parseString("""
                                {"execute":"transaction","arguments":{"actions":[
                                 {"type":"blockdev-snapshot-internal-sync","data":{"device":"n1","name":"q\\"x"}},
                                 {"type":"blockdev-snapshot-internal-sync","data":{"device":"n2","name":"q\\"x"}}]}}
                                """));
    }

    @Test
    void ramGoesIntoTheFirstImage() {
        assertThat(JsonParser.parseString(
                        Qmp.saveRam("job", List.of("n1", "n2"), "tag").json()))
                .isEqualTo(JsonParser.parseString("""
                                {"execute":"snapshot-save","arguments":
                                 {"job-id":"job","tag":"tag","vmstate":"n1","devices":["n1","n2"]}}
                                """));
    }

    @Test
    void aSizeIsWrittenAsAWholeNumber() {
        assertThat(Qmp.resize("n", 1L << 50).json())
                .isEqualTo(
                        "{\"execute\":\"block_resize\",\"arguments\":{\"node-name\":\"n\",\"size\":1125899906842624}}");
    }

    @Test
    void anErrorInTheAnswerIsAnException() {
        Qmp.Reply reply = Qmp.Reply.parse(
                "transaction",
                "{\"id\":\"libvirt-419\",\"error\":{\"class\":\"GenericError\",\"desc\":\"Snapshot with name 'vmsnap-a' already exists on device 'libvirt-1-format'\"}}");

        assertThat(reply.error()).isPresent();
        assertThatThrownBy(reply::orThrow)
                .isInstanceOf(DriverException.class)
                .hasMessage("transaction: Snapshot with name 'vmsnap-a' already exists on device 'libvirt-1-format'");
    }

    @Test
    void aFullStorageIsToldAsSuch() {
        Qmp.Reply reply = Qmp.Reply.parse("x", "{\"error\":{\"desc\":\"Could not write: No space left on device\"}}");

        assertThatThrownBy(reply::orThrow).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(Reason.NO_SPACE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{}", "{\"return\":", "nonsense", "null"})
    void anAnswerThatIsNoneIsAnException(String reply) {
        assertThatThrownBy(() -> Qmp.Reply.parse("x", reply).orThrow()).isInstanceOf(DriverException.class);
    }
}
