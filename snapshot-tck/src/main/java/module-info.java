import org.jspecify.annotations.NullMarked;

/**
 * The contracts that every driver and every store must keep, as JUnit classes; for authors of drivers.
 *
 * <p>It depends on the API, the testkit, JUnit and AssertJ, and on no driver. Start with
 * {@link dev.vmsnap.tck.StorageDriverContract}, {@link dev.vmsnap.tck.HypervisorDriverContract} or
 * {@link dev.vmsnap.tck.SnapshotStoreContract}: extend one and run it.
 */
@NullMarked
open module dev.vmsnap.tck {
    requires transitive dev.vmsnap;
    requires transitive dev.vmsnap.testkit;
    requires static transitive org.jspecify;
    requires transitive org.assertj.core;
    requires transitive org.junit.jupiter.api;

    exports dev.vmsnap.tck;
}
