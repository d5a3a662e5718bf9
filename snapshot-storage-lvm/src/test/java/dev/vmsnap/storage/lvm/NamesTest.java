package dev.vmsnap.storage.lvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class NamesTest {
    private static final SnapshotId ID = SnapshotId.of("s-1");
    private static final LvPath VOLUME = new LvPath("vg", "disk");

    @ParameterizedTest
    @CsvSource({
        "/dev/vg/disk, vg, disk",
        "/dev/mapper/vg-disk, vg, disk",
        "/dev/mapper/vg--guests-disk--0, vg-guests, disk-0",
        "/dev/mapper/a----b-c, a--b, c",
        "/dev/mapper/a---b, a-, b",
        "/dev/vg/d+_.-x, vg, d+_.-x"
    })
    void pathsOfLogicalVolumesAreRead(String source, String group, String name) {
        assertThat(LvPath.of(source)).contains(new LvPath(group, name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/dev",
                "/dev/vda",
                "/dev/vg/",
                "/dev//disk",
                "/dev/vg/a/b",
                "/dev/vg/..",
                "/dev/../disk",
                "/dev/vg/-disk",
                "/dev/vg/a b",
                "/dev/vg/a;b",
                "/dev/vg/é",
                "/dev/mapper/control",
                "/dev/mapper/vg-disk-cow",
                "/dev/mapper/",
                "vg/disk",
                "/DEV/vg/disk"
            })
    void otherPathsAreNot(String source) {
        assertThat(LvPath.of(source)).isEmpty();
    }

    @Test
    void aNameThatNeedsQuotesIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new LvPath("vg", "a b"));
        assertThatIllegalArgumentException().isThrownBy(() -> VOLUME.sibling("x".repeat(128)));
    }

    @Test
    void namesAreReadBackAsWhatTheyAreFor() {
        assertThat(Names.read(Names.part(VOLUME, ID).name()))
                .hasValueSatisfying(meaning -> assertMeaning(meaning, Names.Kind.PART));
        assertThat(Names.read(Names.fresh(VOLUME, ID).name()))
                .hasValueSatisfying(meaning -> assertMeaning(meaning, Names.Kind.FRESH));
        assertThat(Names.read(Names.away(VOLUME, ID).name()))
                .hasValueSatisfying(meaning -> assertMeaning(meaning, Names.Kind.AWAY));
        assertThat(Names.read(Names.ram(VOLUME, ID).name()))
                .hasValueSatisfying(meaning -> assertMeaning(meaning, Names.Kind.RAM));
    }

    private static void assertMeaning(Names.Meaning meaning, Names.Kind kind) {
        assertThat(meaning.kind()).isEqualTo(kind);
        assertThat(meaning.id()).isEqualTo(ID);
        assertThat(meaning.isOf(VOLUME)).isTrue();
        assertThat(meaning.isOf(new LvPath("vg", "other"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "disk",
                "vmsnap",
                "vmsnap.first",
                "vmsnap.first.0123abcg",
                "vmsnap.first.0123abc",
                "vmsnap.First.01234567",
                "vmsnap.first.01234567.other",
                "vmsnap.first.01234567.",
                "vmsnap.first.01234567.new.",
                "vmsnap.first.01234567.new.new",
                "vmsnap.first.01234567.ram.1",
                "vmsnap.records.0123456789abcdef",
                "xvmsnap.first.01234567"
            })
    void otherNamesMeanNothing(String name) {
        assertThat(Names.read(name)).isEmpty();
    }

    @Test
    void theRecordsOfEachVmAndStoreHaveANameOfTheirOwn() {
        Owner owner = new Owner("store-one", VmId.of("a"), 1);

        List<LvPath> names = List.of(
                Names.records("vg", owner),
                Names.records("vg", new Owner("store-two", VmId.of("a"), 1)),
                Names.records("vg", new Owner("store-one", VmId.of("b"), 1)));

        assertThat(names).doesNotHaveDuplicates();
        assertThat(Names.records("vg", new Owner("store-one", VmId.of("a"), 2))).isEqualTo(names.get(0));
    }

    @Test
    void theKernelHasRoomForTheNameAndALayerBelow() {
        assertThat(new LvPath("v", "x".repeat(120)).fitsTheKernel()).isTrue();
        assertThat(new LvPath("v", "x".repeat(121)).fitsTheKernel()).isFalse();
        assertThat(new LvPath("v", "x".repeat(118) + "-x").fitsTheKernel()).isFalse();
    }

    @Test
    void anOwnerIsReadFromItsTagWhateverElseIsThere() {
        Owner owner = new Owner("0a1b-store", VmId.of("Vm_1.x:y-" + "z".repeat(100)), 42);

        assertThat(Owner.in(List.of("", "of-the-host", owner.tag(), Lv.ramTag(5))))
                .contains(owner);
        assertThat(owner.tag()).matches("[A-Za-z0-9_+.\\-/=!:&#]{1,1024}");
    }

    @Test
    void twoOwnersAreNone() {
        Owner owner = new Owner("store-one", VmId.of("a"), 1);

        assertThat(Owner.in(List.of(owner.tag(), new Owner("store-two", VmId.of("a"), 1).tag())))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vmsnap",
                "vmsnap=",
                "vmsnap=store/vm",
                "vmsnap=store/vm/",
                "vmsnap=store/vm/x",
                "vmsnap=store/vm/1/2",
                "vmsnap=store/v m/1",
                "vmsnap=Store/vm/1",
                "vmsnap=store/vm/12345678901234567890"
            })
    void otherTagsAreNoOwner(String tag) {
        assertThat(Owner.in(List.of(tag))).isEmpty();
    }
}
