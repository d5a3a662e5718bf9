/**
 * The engine: the one entry through which a host gets its snapshots.
 *
 * <p>It depends on the API and on the internal packages below it, and knows no driver. Start with
 * {@link dev.vmsnap.core.SnapshotEngine}.
 */
@NullMarked
package dev.vmsnap.core;

import org.jspecify.annotations.NullMarked;
