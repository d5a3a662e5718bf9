package dev.vmsnap.tck;

import dev.vmsnap.VmId;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.testkit.InMemoryStore;
import java.time.Clock;

final class InMemoryStoreContractTest extends SnapshotStoreContract {
    @Override
    protected SnapshotStore openStore(Clock time) {
        return new InMemoryStore(time);
    }

    @Override
    protected SnapshotStore reopen(SnapshotStore open, Clock time) {
        open.close();
        return open;
    }

    @Override
    protected void damage(SnapshotStore open, VmId vm) {
        ((InMemoryStore) open).damage(vm);
    }
}
