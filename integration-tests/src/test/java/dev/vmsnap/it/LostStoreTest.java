package dev.vmsnap.it;

import static dev.vmsnap.it.Host.PATIENCE;
import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.store.jdbc.JdbcStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The database is gone, and the guest runs on: the records come back from what lies beside its disks. */
final class LostStoreTest {
    @RegisterExtension
    final Lab lab = new Lab();

    @Test
    void aGuestContinuesFromRamOfASnapshotWhoseStoreWasLost() {
        Host host = Host.ofDisks(lab, 2).boot();
        host.tickOn();
        long before = host.console().lastTick().orElseThrow();
        Snapshot ram = host.createWithRam("with RAM");
        long at = host.console().lastTick().orElseThrow();
        host.tickOn();
        host.create("disks only");
        SnapshotTree tree = host.tree();
        VmSnapshots next = Host.engine(lab, JdbcStore.sqlite(lab.directory().resolve("new.db")), b -> b);
        assertThat(next.tree(host.vm()).isEmpty()).isTrue();
        assertThat(next.doctor()).extracting(Finding::kind).containsExactly(Finding.Kind.STORE_EMPTY);
        assertThat(next.check(host.vm(), new Intent.Create(SnapshotSpec.named("n")), ADMIN)
                        .notices())
                .extracting(Notice::code)
                .contains(Notice.Code.UNKNOWN_SNAPSHOTS, Notice.Code.OTHER_STORE);

        Rebuilt rebuilt = next.rebuild(host.vm(), ADMIN);

        assertThat(rebuilt.added()).hasSize(2);
        assertThat(next.tree(host.vm())).isEqualTo(tree);
        assertThat(next.rebuild(host.vm(), ADMIN).changed()).isFalse();
        next.restore(host.vm(), ram.id(), ADMIN).await();
        assertThat(host.console().awaitReturn(PATIENCE)).isBetween(before, at + 3);
        host.tickOn();
        next.deleteAll(host.vm(), ADMIN).await();
        assertThat(host.guest().disks())
                .allSatisfy(disk -> assertThat(host.inImage(disk)).isEmpty());
    }
}
