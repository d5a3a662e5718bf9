package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Paths that are not LVM's own names of a volume. */
final class SourcesTest {
    private static final String LINK = "/var/lib/one/datastores/0/7/disk.0";

    private final Bench bench = new Bench();

    @Test
    void aLinkOfAPlatformsIsTheVolumeToWhichItLeads() {
        bench.thick("a");
        bench.lvm.links.put(LINK, List.of(LINK, "/dev/vg/a", "/dev/dm-7"));
        bench.lvm.mapped.put("/dev/dm-7", List.of("vg-a", "LVM-abc"));
        Volume volume = at(LINK);

        assertThat(claim(LINK)).contains(StorageKind.LOCAL_LVM);
        assertThat(bench.inspect(volume).objections()).isEmpty();
        bench.cut(List.of(volume), FIRST);
        assertThat(bench.inspect(volume).snapshots()).containsOnlyKeys(FIRST);
        assertThat(bench.inspect(volume).volume().source()).isEqualTo(LINK);
        bench.driver.restore(List.of(volume), FIRST, bench);
    }

    @Test
    void aLinkToAVolumeThatIsInactiveIsThatVolume() {
        bench.thick("a");
        bench.lvm.get("a").active = false;
        bench.lvm.links.put(LINK, List.of(LINK, "/dev/vg/a"));

        assertThat(claim(LINK)).contains(StorageKind.LOCAL_LVM);
        assertThat(bench.inspect(at(LINK)).objections()).isEmpty();
    }

    @Test
    void aNumberOfTheKernelsIsRefusedWithTheNameToWrite() {
        bench.thick("a");
        bench.lvm.mapped.put("/dev/dm-7", List.of("vg-a", "LVM-abc"));

        assertThat(claim("/dev/dm-7")).contains(StorageKind.LOCAL_LVM);
        assertThat(bench.inspect(at("/dev/dm-7")).objectionsTo(Verb.CREATE))
                .singleElement()
                .satisfies(why -> assertThat(why.remedy()).contains("/dev/vg/a"));
        assertThat(bench.inspect(at("/dev/dm-7")).objectionsTo(Verb.DELETE)).isEmpty();
    }

    @Test
    void aNameOfUdevsIsTheVolume() {
        bench.thick("a");
        String path = "/dev/disk/by-id/dm-name-vg-a";
        bench.lvm.links.put(path, List.of(path, "/dev/dm-7"));
        bench.lvm.mapped.put("/dev/dm-7", List.of("vg-a", "LVM-abc"));

        assertThat(bench.inspect(at(path)).objections()).isEmpty();
    }

    @Test
    void whatLeadsToNoVolumeOfOursIsNotOurs() {
        bench.lvm.mapped.put("/dev/dm-8", List.of("other-a", "LVM-abc"));
        bench.lvm.mapped.put("/dev/dm-9", List.of("vg-a_crypt", "CRYPT-LUKS2-abc"));

        assertThat(claim("/dev/dm-8")).isEmpty();
        assertThat(claim("/dev/dm-9")).isEmpty();
        assertThat(claim("/dev/sdx")).isEmpty();
        assertThat(claim("/dev/other/a")).isEmpty();
        assertThat(claim("//server/share\n")).isEmpty();
    }

    @Test
    void anEncryptedDeviceIsCalledWhatItIs() {
        bench.thick("a");
        bench.lvm.mapped.put("/dev/mapper/vg-a_crypt", List.of("vg-a_crypt", "CRYPT-LUKS2-abc"));

        VolumeState state = bench.state(at("/dev/mapper/vg-a_crypt"));

        assertThat(state.isUnknown()).isTrue();
        assertThat(state.objectionsTo(Verb.CREATE)).extracting(Refusal::code).containsExactly(Code.STORAGE_UNSUPPORTED);
        assertThat(state.objectionsTo(Verb.CREATE).get(0).message())
                .contains("CRYPT")
                .doesNotContain("missing");
    }

    @Test
    void snapshotsAreFoundWhenTheLinkIsGone() {
        bench.thick("a");
        bench.lvm.links.put(LINK, List.of(LINK, "/dev/vg/a"));
        bench.cut(List.of(at(LINK)), FIRST);
        Volume remembered = bench.inspect(at(LINK)).volume();
        bench.lvm.links.clear();

        assertThat(bench.state(at(LINK)).isUnknown()).isTrue();
        assertThat(bench.inspect(remembered).snapshots()).containsOnlyKeys(FIRST);
        bench.driver.delete(List.of(remembered), FIRST, bench);
        assertThat(bench.lvm.names()).containsExactly("a");
    }

    @Test
    void aLinkThatLeadsElsewhereNowIsNotTheDiskWithTheSnapshots() {
        bench.thick("a");
        bench.thick("b");
        bench.lvm.links.put(LINK, List.of(LINK, "/dev/vg/a"));
        bench.cut(List.of(at(LINK)), FIRST);
        Volume remembered = bench.inspect(at(LINK)).volume();
        bench.lvm.links.put(LINK, List.of(LINK, "/dev/vg/b"));

        assertThat(bench.state(remembered).isUnknown()).isTrue();
        assertThat(bench.state(remembered).objectionsTo(Verb.RESTORE))
                .singleElement()
                .satisfies(why -> assertThat(why.message()).contains("vg/a", "vg/b"));
    }

    private Optional<StorageKind> claim(String source) {
        return bench.driver.claim(Bench.disk(source), bench);
    }

    private static Volume at(String source) {
        return Bench.volume("a").withSource(source);
    }
}
