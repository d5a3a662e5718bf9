package dev.vmsnap.storage.lvm;

import static dev.vmsnap.storage.lvm.Bench.FIRST;
import static dev.vmsnap.storage.lvm.CutTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verb;
import dev.vmsnap.Volume;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In a volume group that nodes share. */
final class HandoverTest {
    private final Bench bench = new Bench();

    @BeforeEach
    void share() {
        bench.lvm.lockType = "sanlock";
        bench.driver = bench.sharedDriver();
    }

    @Test
    void everythingThatIsTheVmsIsLetGoOfByOneProcess() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.cut(volumes, FIRST);
        bench.driver.reserveRam(volumes, FIRST, 1, bench);
        bench.driver.openRam(volumes, FIRST, bench);
        bench.lvm.processes.clear();

        bench.driver.release(volumes, bench);

        assertThat(bench.lvm.processes).containsExactly("lvs", "lvm", "lvs");
        assertThat(bench.lvm.volumes.values()).noneMatch(volume -> volume.active);
        assertThat(bench.lvm.ran.get(bench.lvm.ran.size() - 1)).isEqualTo("lvchange -y -an vg/pool");
        bench.driver.release(volumes, bench);
    }

    @Test
    void itIsTakenOverForThisNodeAlone() {
        List<Volume> volumes = List.of(bench.thick("a"), bench.thin("b"));
        bench.cut(volumes, FIRST);
        bench.driver.release(volumes, bench);

        bench.driver.adopt(volumes, bench);
        bench.driver.adopt(volumes, bench);

        assertThat(bench.lvm.ran).endsWith("lvchange -y -aey -K vg/a", "lvchange -y -aey -K vg/b");
        assertThat(bench.lvm.get("a").active).isTrue();
        assertThat(bench.lvm.get(bench.part(volumes.get(0), FIRST)).active).isTrue();
    }

    @Test
    void whatIsOpenOrRunsIsNotLetGoOf() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.lvm.get("a").open = true;
        assertFails(Reason.IN_USE, () -> bench.driver.release(volumes, bench));
        bench.power = PowerState.RUNNING;
        assertFails(Reason.IN_USE, () -> bench.driver.release(volumes, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.adopt(volumes, bench));
        assertThat(bench.lvm.ran).isEmpty();
    }

    @Test
    void aPoolWithVolumesOfOthersDoesNotMove() {
        List<Volume> volumes = List.of(bench.thin("a"));
        bench.thin("theirs");

        assertThat(bench.inspect(volumes.get(0)).objectionsTo(Verb.MIGRATE))
                .extracting(Refusal::code)
                .containsExactly(Refusal.Code.COLD_MIGRATION_LOCKED);
        assertFails(Reason.IN_USE, () -> bench.driver.release(volumes, bench));

        bench.lvm.volumes.remove("theirs");
        assertThat(bench.inspect(volumes.get(0)).objectionsTo(Verb.MIGRATE)).isEmpty();
    }

    @Test
    void aGroupOfOneNodeAloneHandsNothingOver() {
        bench.restart();
        List<Volume> volumes = List.of(bench.thick("a"));

        assertFails(Reason.BROKEN, () -> bench.driver.release(volumes, bench));
        assertFails(Reason.BROKEN, () -> bench.driver.adopt(volumes, bench));

        assertThat(bench.lvm.processes).isEmpty();
    }

    @Test
    void whatIsActiveNowhereIsTakenForTheWorkAndLetGoOf() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.lvm.get("a").active = false;
        bench.driver.prepare(volumes, FIRST, bench);
        bench.lvm.ran.clear();

        bench.driver.cut(volumes, FIRST, bench);
        assertTakenFirstAndLetGoLast();
        bench.driver.restore(volumes, FIRST, bench);
        assertTakenFirstAndLetGoLast();
        bench.driver.reserveRam(volumes, FIRST, 1, bench);
        assertTakenFirstAndLetGoLast();
        bench.driver.delete(volumes, FIRST, bench);
        assertTakenFirstAndLetGoLast();
    }

    @Test
    void whatAnotherNodeHoldsIsNotTouched() {
        List<Volume> volumes = List.of(bench.thick("a"));
        bench.cut(volumes, FIRST);
        bench.lvm.get("a").active = false;
        bench.lvm.failures.put("-aey", "LV locked by other host: vg/a");
        bench.lvm.ran.clear();

        assertFails(Reason.IN_USE, () -> bench.driver.restore(volumes, FIRST, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.delete(volumes, FIRST, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.reserveRam(volumes, FIRST, 1, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.cut(volumes, Bench.SECOND, bench));
        assertFails(Reason.IN_USE, () -> bench.driver.adopt(volumes, bench));

        assertThat(bench.lvm.ran).isEmpty();
        assertThat(bench.inspect(volumes.get(0)).snapshots()).containsOnlyKeys(FIRST);
    }

    private void assertTakenFirstAndLetGoLast() {
        assertThat(bench.lvm.ran).first().isEqualTo("lvchange -y -aey -K vg/a");
        assertThat(bench.lvm.ran.get(bench.lvm.ran.size() - 1)).isEqualTo("lvchange -y -an vg/a");
        assertThat(bench.lvm.get("a").active).isFalse();
        bench.lvm.ran.clear();
    }
}
