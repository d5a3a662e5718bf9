/** The manual of the platforms, as one walk on each kind of storage; {@code docs/conformance.md} is what came of it. */
@NullMarked
package dev.vmsnap.it.manual;

import org.jspecify.annotations.NullMarked;
