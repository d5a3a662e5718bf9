package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.it.lvm.LvmHost.Saved;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** What must be so when a guest is brought back. */
final class Returns {

    private Returns() {}

    /**
     * Restores a snapshot with RAM of a guest that has ticked on since, and sees that RAM and disks are of one instant:
     * what the guest prints first tells the RAM, and the disks are read before the RAM comes back.
     */
    static void withRam(LvmHost host, Saved saved) {
        AtomicReference<List<Long>> disks = new AtomicReference<>(List.of());
        host.before("bring RAM back", () -> disks.set(host.counters()));
        host.console().skip();
        host.restore(saved.snapshot());
        // Half a line may have been printed at the cut; then the tick after it is the first that can be read.
        long tick = host.console().awaitReturn(PATIENCE);
        assertThat(tick).isBetween(saved.tick() + 1, saved.tick() + 2);
        assertOneInstant(disks.get(), tick - 1, tick - 1);
    }

    /** Restores a snapshot without RAM of a guest that runs, and sees that all disks are of one instant. */
    static void withoutRam(LvmHost host, Saved saved) {
        host.console().skip();
        host.restore(saved.snapshot());
        assertOneInstant(host.console().awaitBoot(PATIENCE).counters(), saved.tick(), saved.latest());
    }

    /** The guest counts, writes its last disk, at last its first, and prints: after a tick some may hold the next one. */
    static void assertOneInstant(List<Long> disks, long tick, long latest) {
        assertThat(disks).isNotEmpty().allSatisfy(c -> assertThat(c).isBetween(tick, latest + 1));
        assertThat(disks.get(disks.size() - 1) - disks.get(0)).isBetween(0L, 1L);
    }
}
