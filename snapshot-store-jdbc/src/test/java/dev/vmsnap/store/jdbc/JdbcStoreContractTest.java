package dev.vmsnap.store.jdbc;

import dev.vmsnap.VmId;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.tck.SnapshotStoreContract;
import java.nio.file.Path;
import java.time.Clock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("SQLite as a store")
final class JdbcStoreContractTest extends SnapshotStoreContract {
    @TempDir
    Path directory;

    @Override
    protected SnapshotStore openStore(Clock time) {
        return JdbcStore.sqlite(directory.resolve("snapshots.db"), time);
    }

    @Override
    protected SnapshotStore reopen(SnapshotStore open, Clock time) {
        open.close();
        return openStore(time);
    }

    @Override
    protected void damage(SnapshotStore open, VmId vm) throws Exception {
        Rows.change(directory.resolve("snapshots.db"), "UPDATE snapshot SET parent = 's99' WHERE vm = '" + vm + "'");
    }
}
