/**
 * A host application for the terminal. Each verb is a class that says what it needs on the command line and what it asks
 * of the library; what it learns goes to an {@link dev.vmsnap.cli.Output}, and what goes wrong to one place that knows
 * the exit codes.
 */
@NullMarked
package dev.vmsnap.cli;

import org.jspecify.annotations.NullMarked;
