/**
 * Pure plans: which steps, in what order, with which undo? For maintainers.
 *
 * <p>They depend on the API and the rules and touch no file, clock, thread or log. Start with {@code StepKind}, everything
 * that an operation can be made of, and {@code Planner}.
 */
@NullMarked
package dev.vmsnap.core.internal.plan;

import org.jspecify.annotations.NullMarked;
