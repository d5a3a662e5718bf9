/** The store on file systems that are full or cannot be written. */
@NullMarked
package dev.vmsnap.it.store;

import org.jspecify.annotations.NullMarked;
