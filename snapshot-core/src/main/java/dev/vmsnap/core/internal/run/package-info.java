/**
 * Effects: leases, journal, steps, undo, recovery, progress. For maintainers.
 *
 * <p>They depend on plans, rules, the API and slf4j, never on the builder that starts them. Start with {@code Operations},
 * one method for each verb, then {@code StepRunner} for what happens when all goes well, {@code Aftermath} for when a step
 * fails and {@code Recovery} for when the process died.
 */
@NullMarked
package dev.vmsnap.core.internal.run;

import org.jspecify.annotations.NullMarked;
