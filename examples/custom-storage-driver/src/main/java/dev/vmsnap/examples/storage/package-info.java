/** A storage driver of one's own: raw files, and a copy of the file for each snapshot. */
@NullMarked
package dev.vmsnap.examples.storage;

import org.jspecify.annotations.NullMarked;
