package dev.vmsnap.tck;

import dev.vmsnap.spi.SnapshotStore;
import java.time.Clock;

/**
 * What every {@link SnapshotStore} must do. Extend it, say how a store is opened, and run it with JUnit; every test gets
 * an own store, whose clock stands still until the test moves it.
 */
public abstract class SnapshotStoreContract extends StoreJournalContract {
    /** For subclasses. */
    protected SnapshotStoreContract() {}

    @Override
    protected abstract SnapshotStore openStore(Clock time) throws Exception;

    @Override
    protected abstract SnapshotStore reopen(SnapshotStore open, Clock time) throws Exception;
}
