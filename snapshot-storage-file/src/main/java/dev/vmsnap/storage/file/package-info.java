/**
 * Disks that are qcow2 files, with their snapshots inside the image; for hosts that wire them.
 *
 * <p>It depends on the API, Gson and slf4j, and knows neither the engine nor any hypervisor: commands and files of the node
 * come with each call. Start with {@link dev.vmsnap.storage.file.FileStorage}.
 */
@NullMarked
package dev.vmsnap.storage.file;

import org.jspecify.annotations.NullMarked;
