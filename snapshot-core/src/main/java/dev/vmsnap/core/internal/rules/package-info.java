/**
 * Pure rules: may this happen? For maintainers.
 *
 * <p>They depend on the API alone and touch no file, clock, thread or log. Start with {@code Rules}, which asks all of them,
 * and {@code Situation}, the facts that they see.
 */
@NullMarked
package dev.vmsnap.core.internal.rules;

import org.jspecify.annotations.NullMarked;
