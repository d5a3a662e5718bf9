/**
 * The contracts that every driver and every store must keep; for authors of drivers.
 *
 * <p>It depends on the API, the testkit, JUnit and AssertJ, and on no driver. Start with
 * {@link dev.vmsnap.tck.StorageDriverContract}, {@link dev.vmsnap.tck.HypervisorDriverContract} or
 * {@link dev.vmsnap.tck.SnapshotStoreContract}: extend one, tell it how to make a lab, and run it.
 */
@NullMarked
package dev.vmsnap.tck;

import org.jspecify.annotations.NullMarked;
