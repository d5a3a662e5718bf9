package dev.vmsnap.storage.lvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CopiesTest {
    private static final SnapshotId ID = SnapshotId.of("s1");
    private static final Map<String, String> PLACES = Map.of("a", "/dev/vg/copy-a", "t", "/dev/mapper/vg-copy--t");

    private final Bench bench = new Bench();
    private final List<Volume> volumes = List.of(bench.thick("a"), bench.thin("t"));

    @BeforeEach
    void aSnapshotAndALaterState() {
        write("then");
        bench.cut(volumes, ID);
        write("now");
    }

    private void write(String content) {
        bench.lvm.write("a", content, 1);
        bench.lvm.write("t", content, 1);
    }

    private String hidden(String name) {
        return Names.copy(new LvPath("vg", name), ID).name();
    }

    @Test
    void copiesAreHiddenThenHaveTheirNamesAndThenAreTheHosts() {
        bench.driver.copy(volumes, ID, PLACES, bench);
        assertThat(bench.lvm.names()).contains(hidden("copy-a"), hidden("copy-t"));

        bench.driver.reveal(volumes, ID, PLACES, bench);
        bench.driver.reveal(volumes, ID, PLACES, bench);
        assertThat(bench.lvm.names()).contains("copy-a", "copy-t").doesNotContain(hidden("copy-a"));

        bench.driver.handOver(volumes, ID, PLACES, bench);
        bench.driver.handOver(volumes, ID, PLACES, bench);
        bench.driver.discard(volumes, ID, PLACES, bench);
        for (String copy : List.of("copy-a", "copy-t")) {
            assertThat(bench.lvm.get(copy).content).isEqualTo("then");
            assertThat(bench.lvm.get(copy).tags).isEmpty();
            assertThat(bench.lvm.get(copy).readOnly).isFalse();
            assertThat(bench.lvm.get(copy).skipsActivation).isFalse();
        }
        assertThat(bench.lvm.get("copy-t").isThin()).isTrue();
        assertThat(bench.lvm.get("a").content).isEqualTo("now");
    }

    @Test
    void whatIsNotTheHostsYetIsTakenAwayAndNothingElse() {
        List<String> before = bench.lvm.names();
        bench.driver.copy(volumes, ID, PLACES, bench);
        bench.driver.copy(volumes, ID, PLACES, bench);
        bench.driver.reveal(volumes.subList(0, 1), ID, PLACES, bench);

        bench.driver.discard(volumes, ID, PLACES, bench);
        bench.driver.discard(volumes, ID, PLACES, bench);

        assertThat(bench.lvm.names()).containsExactlyInAnyOrderElementsOf(before);
    }

    @Test
    void whatSomebodyElseHasMadeThereStays() {
        bench.driver.copy(volumes, ID, PLACES, bench);
        bench.lvm.linear("copy-t", 1);

        assertFails(() -> bench.driver.reveal(volumes, ID, PLACES, bench), Reason.IN_USE);
        bench.driver.discard(volumes, ID, PLACES, bench);

        assertThat(bench.lvm.names()).contains("copy-t").doesNotContain("copy-a", hidden("copy-a"), hidden("copy-t"));
    }

    @Test
    void whatIsNotActiveIsOpenedForReadingAndClosedAgain() {
        bench.lvm.get("a").active = false;
        bench.lvm.get(bench.part(volumes.get(0), ID)).active = false;

        bench.driver.copy(volumes, ID, PLACES, bench);

        assertThat(bench.lvm.get(hidden("copy-a")).content).isEqualTo("then");
        assertThat(bench.lvm.get("a").active).isFalse();
    }

    @Test
    void aFullGroupIsToldBeforeAndFails() {
        bench.lvm.totalExtents = 100 - bench.lvm.freeExtents() + 3;

        assertThat(objections(Optional.of(ID), PLACES))
                .extracting(Refusal::code)
                .containsExactly(Code.NO_SPACE);
        assertFails(() -> bench.driver.copy(volumes, ID, PLACES, bench), Reason.NO_SPACE);
        bench.lvm.totalExtents += 1;
        assertThat(objections(Optional.of(ID), PLACES)).isEmpty();
        assertThat(objections(Optional.empty(), PLACES))
                .as("the snapshot of the present needs room too")
                .extracting(Refusal::code)
                .containsExactly(Code.NO_SPACE);
    }

    @Test
    void whoeverCancelsGetsNoCopies() {
        bench.cancelled = true;

        assertThatThrownBy(() -> bench.driver.copy(volumes, ID, PLACES, bench)).isInstanceOf(CancelledException.class);
    }

    @Test
    void aSnapshotThatIsNotThereIsMissing() {
        assertFails(() -> bench.driver.copy(volumes, SnapshotId.of("other"), PLACES, bench), Reason.MISSING);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/images/a", "/dev/other/a", "/dev/vg/vmsnap.x", "/dev/vg/t", "/dev/vg/-a", "/dev/vg/a/b"})
    void noCopyCanGoThere(String place) {
        assertThat(objections(Optional.empty(), Map.of("a", place, "t", "/dev/vg/free")))
                .extracting(Refusal::code)
                .containsExactly(Code.DESTINATION_INVALID);
    }

    private List<Refusal> objections(Optional<SnapshotId> id, Map<String, String> places) {
        return bench.driver.objectionsTo(volumes, id, places, bench);
    }

    private static void assertFails(ThrowingCallable action, Reason reason) {
        assertThatThrownBy(action).isInstanceOfSatisfying(DriverException.class, e -> assertThat(e.reason())
                .isEqualTo(reason));
    }
}
