/**
 * Snapshots inside qcow2 images, wherever the images lie; for vmsnap's own drivers of such storages.
 *
 * <p>It depends on the API, the manifest, Gson and slf4j. Start with {@link dev.vmsnap.storage.file.image.ImageVolumes}.
 */
@NullMarked
package dev.vmsnap.storage.file.image;

import org.jspecify.annotations.NullMarked;
