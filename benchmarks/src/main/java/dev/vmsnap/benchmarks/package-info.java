/** Measurements of the library beside scripts that do the same with virsh and qemu-img, on real guests. */
@NullMarked
package dev.vmsnap.benchmarks;

import org.jspecify.annotations.NullMarked;
