package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.Bench.SECOND;
import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DeletionTest {
    private final Bench bench = new Bench();

    @Test
    void allPartsGoWithOneProcessBetweenTwoReports() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.cut(volumes, FIRST);
        bench.cut(volumes, SECOND);
        bench.power = PowerState.RUNNING;
        bench.lvm.processes.clear();

        bench.driver.delete(volumes, FIRST, bench);

        assertThat(bench.lvm.processes).containsExactly("lvs", "lvremove", "lvs");
        assertThat(bench.lvm.names())
                .containsExactlyInAnyOrder(
                        "a", "pool", "b", bench.part(volumes.get(0), SECOND), bench.part(volumes.get(1), SECOND));
    }

    @Test
    void onlyTheVolumesThatAreNamedLoseTheirParts() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thick("b"));
        bench.cut(volumes, FIRST);

        bench.driver.delete(volumes.subList(0, 1), FIRST, bench);

        assertThat(bench.lvm.names()).containsExactlyInAnyOrder("a", "b", bench.part(volumes.get(1), FIRST));
    }

    @Test
    void thePartOfAThinVolumeThatIsGoneGoesToo() {
        Volume volume = bench.thin("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.volumes.remove("a");

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.names()).containsExactly("pool");
    }

    @Test
    void itNeedsNoFreeSpaceAndNoSoundSnapshot() {
        Volume volume = bench.thick("a");
        bench.driver = bench.driver(new Room(25));
        bench.cut(List.of(volume), FIRST);
        bench.lvm.write("a", "a2", 3);
        bench.lvm.grabbed = bench.lvm.freeExtents();

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.names()).containsExactly("a");
    }

    @Test
    void thePartOfADiskThatAnotherVmHasByNowGoesThroughThatVm() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.vm = VmId.of("3f0c5f6e-0000-4000-8000-000000000002");

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.names()).containsExactly("a");
    }

    @Test
    void aGroupWithoutAllItsPhysicalVolumesProvesNoPartToBeGone() {
        Volume volume = bench.thick("a");
        bench.lvm.groupAttributes = "wz-pn-";

        assertFails(Reason.UNREACHABLE, () -> bench.driver.delete(List.of(volume), FIRST, bench));
    }

    @Test
    void aPartThatIsOpenIsInUse() {
        Volume volume = bench.thick("a");
        bench.cut(List.of(volume), FIRST);
        bench.lvm.get(bench.part(volume, FIRST)).open = true;

        assertFails(Reason.IN_USE, () -> bench.driver.delete(List.of(volume), FIRST, bench));
    }

    @Test
    void nothingToDeleteIsOneLook() {
        Volume volume = bench.thick("a");

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.processes).containsExactly("lvs");
    }

    @Test
    void whatOnlyLooksLikeOursStays() {
        Volume volume = bench.thick("a");
        String name = bench.part(volume, FIRST);
        bench.lvm.linear(name, 1);
        bench.lvm.linear(name + ".ram", 1).tags.add("vmsnap=other-store/" + Bench.VM + "/1");
        bench.lvm.linear(name + ".new", 1).tags.add("vmsnap=test-store/other-vm/1");
        bench.lvm.linear(name + ".old", 1).tags.add("vmsnap");

        bench.driver.delete(List.of(volume), FIRST, bench);
        bench.driver.reclaim(List.of(volume), bench);

        assertThat(bench.lvm.ran).isEmpty();
        assertThat(bench.inspect(volume).foreign())
                .as("a volume of another store is no foreign one")
                .containsExactlyInAnyOrder(name, name + ".new", name + ".old");
    }

    @Test
    void ramIsOverwrittenBeforeItIsRemoved() {
        Volume volume = bench.thick("a");
        keepRam(volume);
        String ram = Names.ram(Scene.path(volume), FIRST).name();
        SimulatedVolume place = bench.lvm.get(ram);
        place.content = "secret";

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(place.content).isEmpty();
        assertThat(bench.lvm.ran)
                .endsWith(
                        "lvchange -y -ay -K vg/" + ram, "blkdiscard --zeroout /dev/vg/" + ram, "lvremove -y vg/" + ram);
    }

    @Test
    void aPoolThatClearsWhatItHandsOutClearsRamToo() {
        Volume volume = bench.thin("a");
        keepRam(volume);
        bench.lvm.ran.clear();

        bench.driver.delete(List.of(volume), FIRST, bench);

        assertThat(bench.lvm.ran).hasSize(1).allMatch(line -> line.startsWith("lvremove"));
    }

    @Test
    void ramThatCannotBeOverwrittenStaysAndIsSaid() {
        Volume volume = bench.thick("a");
        keepRam(volume);
        bench.lvm.failures.put("blkdiscard", "BLKZEROOUT ioctl failed: Input/output error");

        assertThatThrownBy(() -> bench.driver.delete(List.of(volume), FIRST, bench))
                .hasMessageContaining("Input/output error");

        assertThat(bench.lvm.names()).hasSize(2);
    }

    private void keepRam(Volume volume) {
        bench.driver.reserveRam(List.of(volume), FIRST, 4 << 20, bench);
        bench.driver.openRam(List.of(volume), FIRST, bench);
        bench.driver.keepRam(List.of(volume), FIRST, 1 << 20, bench);
    }
}
