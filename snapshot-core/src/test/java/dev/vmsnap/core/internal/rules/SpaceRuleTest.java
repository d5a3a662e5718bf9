package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.GIB;
import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.createWithRam;
import static dev.vmsnap.core.internal.rules.Scene.notices;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SpaceRuleTest {
    private static final long WORST = GIB + GIB / 100 + (64L << 20);

    private final Scene scene = Scene.where(s -> {
        s.claims.add(Scene.file("vdb"));
        s.claims.add(Scene.file("vdc"));
    });

    @ParameterizedTest
    @CsvSource({"300, true", "299, false", "0, false"})
    void volumesOfOneStoreShareItsSpace(long free, boolean allowed) {
        room(Map.of("vda", "/x", "vdb", "/x", "vdc", "/x"), free, 100);

        assertThat(scene.judge(create()).allowed()).isEqualTo(allowed);
    }

    @Test
    void volumesOfDifferentStoresDoNot() {
        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/z"), 100, 100);

        assertThat(scene.judge(create()).allowed()).isTrue();
    }

    @Test
    void eachStoreThatIsShortIsNamedWithItsFigures() {
        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), 150, 100);

        assertThat(only(scene.judge(create())).code()).isEqualTo(Code.NO_SPACE);
        assertThat(only(scene.judge(create())).data()).isEqualTo(Map.of("store", "/y", "needed", "200", "free", "150"));
        assertThat(only(scene.judge(create())).message())
                .isEqualTo("A snapshot of VM \"web\" needs 200 bytes on /y, where 150 bytes are free.");
    }

    @Test
    void theSmallestFigureOfWhatIsFreeCounts() {
        room(Map.of("vda", "/x", "vdb", "/x", "vdc", "/x"), 1000, 100);
        scene.state("vdb", s -> Scene.room(s, "/x", 10, 100));

        assertThat(only(scene.judge(create())).data()).containsEntry("free", "10");
    }

    @Test
    void ofAStorageThatIsAwayNoRoomIsKnown() {
        Refusal away = Refusal.of(Code.STORAGE_AWAY, "It does not answer.", "Bring it back.");
        scene.state("vda", s -> new VolumeState.Unknown(s.volume(), away));

        assertThat(codes(scene.judge(createWithRam()))).containsExactly(Code.STORAGE_AWAY);
        assertThat(notices(scene.judge(createWithRam()))).isEmpty();
    }

    @Test
    void diskSnapshotsDoNotCountTheRam() {
        room(Map.of("vda", "/x", "vdb", "/x", "vdc", "/x"), 300, 100);

        assertThat(scene.judge(create()).notices()).isEmpty();
    }

    @Test
    void tooLittleForAllOfTheRamIsOnlyANoticeSinceZeroPagesTakeNoRoom() {
        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), WORST + 99, 100);

        assertThat(scene.judge(createWithRam()).allowed()).isTrue();
        assertThat(notices(scene.judge(createWithRam()))).containsExactly(Notice.Code.SPACE_MAY_RUN_OUT);

        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), WORST + 100, 100);
        assertThat(scene.judge(createWithRam()).notices()).isEmpty();
    }

    @Test
    void withAHeadroomTooLittleForAllOfTheRamIsARefusal() {
        scene.headroom = OptionalLong.of(1000);
        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), WORST + 100 + 999, 100);

        assertThat(codes(scene.judge(createWithRam()))).containsExactly(Code.NO_SPACE);
        assertThat(only(scene.judge(createWithRam())).data())
                .containsEntry("store", "/x")
                .containsEntry("needed", Long.toString(WORST + 100 + 1000));

        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), WORST + 100 + 1000, 100);
        assertThat(scene.judge(createWithRam()).allowed()).isTrue();
        assertThat(scene.judge(createWithRam()).notices()).isEmpty();
    }

    @Test
    void aHeadroomMustStayFreeOnEveryStoreAndWithoutRamToo() {
        scene.headroom = OptionalLong.of(50);
        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), 249, 100);

        assertThat(only(scene.judge(create())).data())
                .containsEntry("store", "/y")
                .containsEntry("needed", "250");
    }

    @Test
    void theRamIsCountedOnTheStoreOfTheFirstVolume() {
        room(Map.of("vda", "/x", "vdb", "/y", "vdc", "/y"), 1, 100);

        assertThat(SpaceRule.bytesNeeded(
                        Participation.of(scene.claims, true).volumes(),
                        new VolumeStates(scene.states.values()),
                        scene.traits,
                        OptionalLong.of(GIB)))
                .containsExactly(Map.entry("/x", 100 + WORST), Map.entry("/y", 200L));
        assertThat(SpaceRule.bytesNeeded(
                        Participation.of(scene.claims, false).volumes(),
                        new VolumeStates(scene.states.values()),
                        scene.traits,
                        OptionalLong.empty()))
                .containsExactly(Map.entry("/x", 100L), Map.entry("/y", 200L));
    }

    @Test
    void ramBesideTheDisksTakesItsPlaceAtOnceSoTooLittleForItIsARefusal() {
        Scene beside = Scene.where(s -> s.claims = List.of(Scene.lvm("vda")));
        beside.state("vda", s -> Scene.room(s, "vg", WORST + 99, 100));

        assertThat(only(beside.judge(createWithRam())).code()).isEqualTo(Code.NO_SPACE);
        assertThat(only(beside.judge(createWithRam())).data())
                .isEqualTo(
                        Map.of("store", "vg", "needed", Long.toString(WORST + 100), "free", Long.toString(WORST + 99)));
        assertThat(beside.judge(create()).allowed()).isTrue();

        beside.state("vda", s -> Scene.room(s, "vg", WORST + 100, 100));
        assertThat(beside.judge(createWithRam()).refusals()).isEmpty();
        assertThat(beside.judge(createWithRam()).notices()).isEmpty();
    }

    @Test
    void ramBesideTheDisksIsCountedWithTheFirstVolumeThatHasAPlaceForItAndNotInTheImages() {
        Scene mixed = Scene.where(s -> s.claims = List.of(Scene.file("vda"), Scene.lvm("vdb"), Scene.lvm("vdc")));
        mixed.state("vda", s -> Scene.room(s, "/images", 100, 100));
        mixed.state("vdb", s -> Scene.room(s, "vg", WORST + 100, 100));
        mixed.state("vdc", s -> Scene.room(s, "other", 100, 100));

        assertThat(SpaceRule.bytesNeeded(
                        Participation.of(mixed.claims, true).volumes(),
                        new VolumeStates(mixed.states.values()),
                        mixed.traits,
                        OptionalLong.of(GIB)))
                .containsExactly(Map.entry("/images", 100L), Map.entry("other", 100L), Map.entry("vg", WORST + 100));
        assertThat(mixed.judge(createWithRam()).refusals()).isEmpty();

        mixed.state("vdb", s -> Scene.room(s, "vg", WORST + 99, 100));
        assertThat(only(mixed.judge(createWithRam())).data()).containsEntry("store", "vg");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 bytes", "1023, 1023 bytes", "1024, 1.0 KiB", "1610612736, 1.5 GiB", "9223372036854775807, 8.0 EiB"
    })
    void figuresAreReadable(long bytes, String words) {
        assertThat(Words.bytes(bytes)).isEqualTo(words);
    }

    private void room(Map<String, String> stores, long free, long needed) {
        stores.forEach((target, store) -> scene.state(target, s -> Scene.room(s, store, free, needed)));
    }
}
