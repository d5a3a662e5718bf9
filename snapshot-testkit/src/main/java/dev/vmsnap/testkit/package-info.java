/**
 * In-memory drivers and store, and faults to plan, for the tests of hosts and drivers.
 *
 * <p>It depends on the API alone and brings no test framework. Start with {@link dev.vmsnap.testkit.Datacenter}, then
 * {@link dev.vmsnap.testkit.Faults} for what goes wrong.
 */
@NullMarked
package dev.vmsnap.testkit;

import org.jspecify.annotations.NullMarked;
