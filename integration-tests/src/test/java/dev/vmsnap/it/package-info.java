/** Tests on real QEMU and libvirt. */
@NullMarked
package dev.vmsnap.it;

import org.jspecify.annotations.NullMarked;
