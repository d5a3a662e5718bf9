/**
 * The copy of a VM's records that storage drivers keep beside its disks, as text; for vmsnap's own drivers.
 *
 * <p>It depends on the API and Gson and touches no storage. Start with {@link dev.vmsnap.manifest.Manifest}.
 */
@NullMarked
package dev.vmsnap.manifest;

import org.jspecify.annotations.NullMarked;
