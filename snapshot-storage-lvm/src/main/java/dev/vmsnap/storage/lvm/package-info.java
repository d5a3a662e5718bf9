/**
 * Disks that are logical volumes, with a logical volume for each snapshot; for hosts that wire them.
 *
 * <p>It depends on the API, the manifest, Gson and slf4j, and knows neither the engine nor any hypervisor: commands of
 * the node come with each call. Start with {@link dev.vmsnap.storage.lvm.LvmStorage}.
 */
@NullMarked
package dev.vmsnap.storage.lvm;

import org.jspecify.annotations.NullMarked;
