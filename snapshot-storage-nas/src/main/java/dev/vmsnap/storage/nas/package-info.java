/**
 * Disks that are qcow2 files on a network mount, with their snapshots inside the image; for hosts that wire them.
 *
 * <p>It depends on the API and on the file storage driver, and knows neither the engine nor any hypervisor: commands and
 * files of the node come with each call. Start with {@link dev.vmsnap.storage.nas.NasStorage}.
 */
@NullMarked
package dev.vmsnap.storage.nas;

import org.jspecify.annotations.NullMarked;
