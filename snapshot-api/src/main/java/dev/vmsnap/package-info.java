/**
 * What a host application touches: the snapshots of its virtual machines.
 *
 * <p>It depends on the JDK and on nothing else, and never on {@code dev.vmsnap.spi}. Start with
 * {@link dev.vmsnap.VmSnapshots}, which has every verb; {@code SnapshotEngine} in {@code dev.vmsnap.core} makes one.
 *
 * @serial exclude
 */
@NullMarked
package dev.vmsnap;

import org.jspecify.annotations.NullMarked;
