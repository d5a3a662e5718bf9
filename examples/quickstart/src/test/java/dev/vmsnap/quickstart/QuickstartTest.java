package dev.vmsnap.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.InMemoryVm;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class QuickstartTest {
    // tag::quickstart[]
    private final Datacenter datacenter = new Datacenter();
    private final Actor ada = Actor.administrator("ada");

    @Test
    void aBadUpgradeIsUndone() {
        InMemoryVm web = datacenter.node("node-1").withVm("web-1", "vda");
        try (VmSnapshots snapshots = engine()) {
            web.write("vda", "version 1");
            Snapshot before = snapshots
                    .create(web.id(), SnapshotSpec.named("before upgrade"), ada)
                    .await();

            web.write("vda", "version 2, broken");
            snapshots.restore(web.id(), before.id(), ada).await();

            assertThat(web.read("vda")).isEqualTo("version 1");
            assertThat(snapshots.tree(web.id()).current()).contains(before.id());
            Verdict verdict = snapshots.check(web.id(), new Intent.Reconfigure(Set.of("memory")), ada);
            assertThat(verdict.allowed()).isFalse();
        }
    }

    private VmSnapshots engine() {
        return SnapshotEngine.builder()
                .node("node-1", datacenter.node("node-1"))
                .storage(datacenter.inImage())
                .store(datacenter.store())
                .build();
    }
    // end::quickstart[]
}
