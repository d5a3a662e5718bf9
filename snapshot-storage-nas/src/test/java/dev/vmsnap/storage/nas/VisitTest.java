package dev.vmsnap.storage.nas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands.Result;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.storage.nas.FakeNas.Ran;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What becomes of a verb in each state that an export can be in. */
final class VisitTest {
    private static final SnapshotId ID = SnapshotId.of("s1");
    private static final String REMEMBERED = FakeNas.EXPORT + "/vm/vda.qcow2";

    private final FakeNas nas = new FakeNas();
    private final NasStorage storage = new NasStorage();
    private final Volume disk = nas.disk("vda");

    /** A verb that changes images. */
    private enum Change {
        CUT {
            @Override
            void on(NasStorage storage, Volume volume, FakeNas nas) {
                storage.cut(List.of(volume), ID, nas.call());
            }
        },
        RESTORE {
            @Override
            void on(NasStorage storage, Volume volume, FakeNas nas) {
                storage.restore(List.of(volume), ID, nas.call());
            }
        },
        DELETE {
            @Override
            void on(NasStorage storage, Volume volume, FakeNas nas) {
                storage.delete(List.of(volume), ID, nas.call());
            }
        },
        RECLAIM {
            @Override
            void on(NasStorage storage, Volume volume, FakeNas nas) {
                storage.reclaim(List.of(volume), nas.call());
            }
        };

        abstract void on(NasStorage storage, Volume volume, FakeNas nas);
    }

    static Stream<Change> changes() {
        return Stream.of(Change.values());
    }

    @Test
    void aSnapshotIsTakenAndGoneBackToAndDeletedAsTheImagesOwner() {
        nas.image(disk).owner = "64055:107";

        storage.cut(List.of(disk), ID, nas.call());
        assertThat(nas.image(disk).snapshots).containsExactly(FakeNas.tag(ID));
        storage.restore(List.of(disk), ID, nas.call());
        storage.delete(List.of(disk), ID, nas.call());

        assertThat(nas.image(disk).snapshots).isEmpty();
        assertThat(nas.changes()).hasSize(3).extracting(Ran::user).containsOnly("64055");
    }

    @ParameterizedTest
    @MethodSource("changes")
    void nothingIsChangedWhileTheServerDoesNotAnswer(Change change) {
        assertFails(change, Reason.UNREACHABLE, "does not answer", there -> there.silent = true);
    }

    @ParameterizedTest
    @MethodSource("changes")
    void nothingIsChangedOnAnotherExport(Change change) {
        assertFails(change, Reason.UNREACHABLE, "other:/export", there -> there.source = "other:/export");
    }

    @ParameterizedTest
    @MethodSource("changes")
    void nothingIsChangedWhereTheExportIsNotMounted(Change change) {
        assertFails(change, Reason.UNREACHABLE, "not mounted", there -> there.mounted = false);
    }

    @ParameterizedTest
    @MethodSource("changes")
    void nothingIsChangedOnAStaleExport(Change change) {
        assertFails(
                change,
                Reason.UNREACHABLE,
                "stale file handle",
                there -> there.trouble = Optional.of("Stale file handle"));
    }

    @ParameterizedTest
    @MethodSource("changes")
    void nothingIsChangedOnAReadOnlyMount(Change change) {
        assertFails(change, Reason.DENIED, "read-only", there -> there.options = Set.of("ro"));
    }

    private void assertFails(Change change, Reason reason, String told, Consumer<FakeNas> trouble) {
        nas.image(disk).snapshots.add(FakeNas.tag(ID));
        trouble.accept(nas);

        assertThatThrownBy(() -> change.on(storage, disk.at(REMEMBERED), nas))
                .isInstanceOfSatisfying(DriverException.class, e -> {
                    assertThat(e.reason()).isEqualTo(reason);
                    assertThat(e.driver()).isEqualTo("nas");
                    assertThat(e.getMessage()).contains(told);
                });
        assertThat(nas.ran).noneMatch(command -> command.with("qemu-img"));
        assertThat(nas.image(disk).snapshots).containsExactly(FakeNas.tag(ID));
    }

    @Test
    void aServerThatGoesInTheMiddleIsToldAndNotWhatTheToolSaidOfIt() {
        nas.answer("snapshot", new Result(1, "", "qemu-img: Could not create snapshot: Input/output error"));
        nas.before("snapshot", () -> nas.trouble = Optional.of("Host is down"));

        assertThatThrownBy(() -> storage.cut(List.of(disk), ID, nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
                .hasMessageContaining("Host is down")
                .hasMessageContaining("Before that");
    }

    @Test
    void aCommandThatHangsInTheMiddleIsEndedOnTheNodeAndItsServerIsAway() {
        nas.before("snapshot", () -> nas.silent = true);

        assertThatThrownBy(() -> storage.cut(List.of(disk), ID, nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE))
                .hasMessageContaining("does not answer");
    }

    @ParameterizedTest
    @CsvSource({
        "No space left on device, NO_SPACE",
        "Disk quota exceeded, NO_SPACE",
        "Failed to get \"write\" lock, IN_USE"
    })
    void whatTheToolIsSureOfIsBelieved(String said, Reason reason) {
        nas.answer("snapshot", new Result(1, "", "qemu-img: " + said));

        assertThatThrownBy(() -> storage.cut(List.of(disk), ID, nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Test
    void nothingIsThereToDeleteInAnImageThatIsGone() {
        nas.images.clear();

        storage.delete(List.of(disk.at(REMEMBERED)), ID, nas.call());

        assertThat(nas.changes()).isEmpty();
    }

    @Test
    void anImageThatIsMissingOnWhatMayBeAnotherExportDoesNotCountAsDeleted() {
        nas.images.clear();
        nas.recorded = false;

        assertThatThrownBy(() -> storage.delete(List.of(disk.at(REMEMBERED)), ID, nas.call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("probably not the export that it was");
    }

    @Test
    void anExportThatGoesInTheMiddleOfADeleteLeavesNothingDeleted() {
        nas.before("info", () -> {
            nas.images.clear();
            nas.mounted = false;
        });

        assertThatThrownBy(() -> storage.delete(List.of(disk.at(REMEMBERED)), ID, nas.call()))
                .isInstanceOf(DriverException.class)
                .hasMessageContaining("not mounted");
    }

    @Test
    void whatLayOnAnExportThatIsGoneForGoodCountsAsDeleted() {
        nas.silent = true;
        NasStorage told = storage.abandoned(FakeNas.EXPORT);

        told.delete(List.of(disk.at(REMEMBERED)), ID, nas.call());
        told.reclaim(List.of(disk.at(REMEMBERED)), nas.call());

        assertThat(nas.ran).isEmpty();
        assertThatThrownBy(() -> told.restore(List.of(disk.at(REMEMBERED)), ID, nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISSING));
    }

    @Test
    void imagesOfAnActiveVmAreNotTheDrivers() {
        nas.vm.power(PowerState.RUNNING);

        assertThatThrownBy(() -> storage.cut(List.of(disk), ID, nas.call()))
                .isInstanceOfSatisfying(DriverException.class, e -> {
                    assertThat(e.reason()).isEqualTo(Reason.IN_USE);
                    assertThat(e.driver()).isEqualTo("nas");
                });
    }

    @Test
    void aVmStaysOnItsNodeUnlessTheHostAllowsOtherwise() {
        assertThat(storage.traits()).doesNotContain(Trait.PORTABLE);
        assertThat(storage.movingOnSameExport().traits()).contains(Trait.PORTABLE, Trait.IN_IMAGE);
    }

    @Test
    void aNodeTakesOverWhatItHasMountedAndNothingElse() {
        storage.adopt(List.of(disk.at(REMEMBERED)), nas.call());
        nas.source = "other:/export";

        assertThatThrownBy(() -> storage.adopt(List.of(disk.at(REMEMBERED)), nas.call()))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNREACHABLE));
    }

    @Test
    void aNodeDoesNotTakeOverWhatIsOpenElsewhere() {
        nas.answer("--output=json", new Result(1, "", "qemu-img: Failed to get shared \"write\" lock"));

        assertThatThrownBy(() -> storage.adopt(List.of(disk), nas.call())).isInstanceOf(DriverException.class);
    }
}
