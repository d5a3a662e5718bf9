package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.storage.nas.FakeNas.Ran;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where copies may go, and who makes them. */
final class CopyingTest {
    private static final SnapshotId ID = SnapshotId.of("s1");
    private static final String COPY = FakeNas.POINT + "/copies/vda.qcow2";
    private static final String HIDDEN = FakeNas.POINT + "/copies/.vmsnap-s1-vda";
    private static final Result NO = new Result(1, "", "");

    private final FakeNas nas = new FakeNas();
    private final NasStorage storage = new NasStorage();
    private final Volume disk = nas.disk("vda");

    @Test
    void aCopyGetsItsNameAsTheOwnerOfTheImage() {
        nas.image(disk).owner = "64055:107";

        storage.reveal(List.of(disk), ID, Map.of("vda", COPY), nas.call());
        storage.handOver(List.of(disk), ID, Map.of("vda", COPY), nas.call());

        assertThat(nas.ran)
                .filteredOn(command -> command.with(HIDDEN))
                .hasSize(2)
                .extracting(Ran::user)
                .containsOnly("64055");
    }

    @Test
    void itIsMadeByTheNodesUserWhereTheImagesOwnerMayNotWrite() {
        nas.image(disk).owner = "64055:107";
        nas.denied = "64055";

        storage.reveal(List.of(disk), ID, Map.of("vda", COPY), nas.call());

        assertThat(nas.ran)
                .filteredOn(command -> command.with(HIDDEN))
                .singleElement()
                .extracting(Ran::user)
                .isEqualTo("");
    }

    @Test
    void itIsTakenAwayAlsoWhileItsImageCannotBeReached() {
        nas.image(disk).trouble = Optional.of("Input/output error");

        storage.discard(List.of(disk), ID, Map.of("vda", COPY), nas.call());

        assertThat(nas.ran).anyMatch(command -> command.with("sh") && command.with(HIDDEN));
    }

    @Test
    void aPlaceThatIsNotOnAnExportIsRefused() {
        String elsewhere = "/srv/vda.qcow2";

        assertThat(objections(elsewhere)).singleElement().satisfies(refusal -> {
            assertThat(refusal.code()).isEqualTo(Code.DESTINATION_INVALID);
            assertThat(refusal.message()).contains(elsewhere).contains("not mounted");
            assertThat(refusal.data()).containsEntry("destination", elsewhere);
        });
        assertThatThrownBy(() -> storage.copy(List.of(disk), ID, Map.of("vda", elsewhere), nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
        assertThat(nas.ran).noneMatch(command -> command.with("qemu-img"));
    }

    @Test
    void aPlaceWhereNobodyMayWriteIsRefused() {
        nas.answer("-w", NO);

        assertThat(objections(COPY)).singleElement().satisfies(refusal -> {
            assertThat(refusal.code()).isEqualTo(Code.DESTINATION_INVALID);
            assertThat(refusal.message()).contains(COPY).contains("nobody may");
        });
        assertThatThrownBy(() -> storage.copy(List.of(disk), ID, Map.of("vda", COPY), nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));
        assertThat(nas.ran).noneMatch(command -> command.with("qemu-img"));
    }

    @Test
    void placesWithoutAPathAreRefusedAsOnAnyStorage() {
        for (String place : List.of("", "copy.qcow2", FakeNas.POINT + "/vm/..", FakeNas.POINT + "/vm/")) {
            assertThat(objections(place))
                    .as(place)
                    .singleElement()
                    .extracting(Refusal::code)
                    .isEqualTo(Code.DESTINATION_INVALID);
        }
    }

    @Test
    void ofAServerThatDoesNotAnswerIsSaidOnceThatItIsAway() {
        nas.silent = true;

        assertThat(objections(COPY)).isEmpty();
        assertThat(storage.inspect(List.of(disk), nas.call())).singleElement().satisfies(state -> assertThat(
                        state.objectionsTo(Verb.CLONE))
                .extracting(Refusal::code)
                .containsExactly(Code.STORAGE_AWAY));
        assertThatThrownBy(() -> storage.reveal(List.of(disk), ID, Map.of("vda", COPY), nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
    }

    private List<Refusal> objections(String place) {
        return storage.objectionsTo(List.of(disk), Optional.of(ID), Map.of("vda", place), nas.call());
    }
}
