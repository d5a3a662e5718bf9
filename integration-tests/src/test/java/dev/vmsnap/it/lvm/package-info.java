/** Tests of the LVM driver on nodes in a box. */
@NullMarked
package dev.vmsnap.it.lvm;

import org.jspecify.annotations.NullMarked;
