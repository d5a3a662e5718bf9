/** The file storage driver on QEMU's real tools. */
@NullMarked
package dev.vmsnap.it.file;

import org.jspecify.annotations.NullMarked;
