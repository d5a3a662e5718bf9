package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.GIB;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.createWithRam;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** How many bytes the snapshots of a VM may take together. */
final class QuotaRuleTest {
    private final Scene scene = Scene.where(s -> s.state("vda", state -> Scene.room(state, "/images", 100 * GIB, GIB)));

    private void quota(long bytes) {
        scene.settings = new SnapshotSettings(false, 3, true, true, bytes);
    }

    private void takes(OptionalLong all, long partBytes, long partRam) {
        VolumeState.Part part = new VolumeState.Part(
                partRam, OptionalLong.of(partBytes), OptionalLong.empty(), OptionalLong.empty(), Optional.empty());
        scene.state(
                "vda",
                state -> new VolumeState.Seen(
                        state.volume(),
                        state.store(),
                        state.freeBytes(),
                        state.neededBytes(),
                        Map.of(SnapshotId.of("x"), part),
                        state.foreign(),
                        all,
                        0,
                        state.objections(),
                        state.notices()));
    }

    @Test
    void whatIsTakenAndWhatOneMoreMayTakeMustFit() {
        takes(OptionalLong.of(2 * GIB), 0, 0);
        quota(3 * GIB);
        assertThat(scene.judge(create()).allowed()).isTrue();

        quota(3 * GIB - 1);
        Refusal refusal = only(scene.judge(create()));

        assertThat(refusal.code()).isEqualTo(Code.QUOTA_REACHED);
        assertThat(refusal.data())
                .isEqualTo(Map.of(
                        "quota", Long.toString(3 * GIB - 1),
                        "taken", Long.toString(2 * GIB),
                        "needed", Long.toString(GIB)));
    }

    @Test
    void ramCountsInTheWorstCase() {
        quota(2 * GIB - 1);

        assertThat(scene.judge(create()).allowed()).isTrue();
        assertThat(only(scene.judge(createWithRam())).code()).isEqualTo(Code.QUOTA_REACHED);
    }

    @Test
    void whereTheWholeIsNotToldThePartsCount() {
        takes(OptionalLong.empty(), GIB, GIB);
        quota(3 * GIB - 1);

        assertThat(only(scene.judge(create())).data()).containsEntry("taken", Long.toString(2 * GIB));
    }

    @Test
    void aDetachedDiskThatCannotBeInspectedIsNamedAndNotCounted() {
        quota(3 * GIB);
        Volume detached = Scene.volume("vdz", StorageKind.FILE);
        scene.formerStates.add(new VolumeState.Unknown(
                detached,
                new Refusal(
                        Code.STORAGE_AWAY,
                        "Disk vdz is away.",
                        "Bring it back.",
                        Map.of("disk", "vdz", "source", detached.source()))));

        assertThat(scene.judge(create()).allowed()).isTrue();
        assertThat(scene.judge(create()).notices())
                .filteredOn(notice -> notice.code() == Notice.Code.PART_UNKNOWN)
                .singleElement()
                .satisfies(notice -> assertThat(notice.message()).contains("vdz", detached.source()));
    }

    @Test
    void withoutAQuotaNothingIsCounted() {
        takes(OptionalLong.of(Long.MAX_VALUE / 2), 0, 0);

        assertThat(scene.judge(create()).allowed()).isTrue();
    }
}
