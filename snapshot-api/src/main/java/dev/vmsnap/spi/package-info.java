/**
 * What the author of a hypervisor, storage or store driver implements; a host needs none of it.
 *
 * <p>It depends on {@code dev.vmsnap} and the JDK, and a driver on nothing more of ours. Start with
 * {@link dev.vmsnap.spi.StorageDriver}, {@link dev.vmsnap.spi.HypervisorDriver} or {@link dev.vmsnap.spi.SnapshotStore},
 * and let the contracts of {@code snapshot-tck} say when it is right.
 */
@NullMarked
package dev.vmsnap.spi;

import org.jspecify.annotations.NullMarked;
