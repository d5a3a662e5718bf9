/**
 * The library in one screen, on in-memory drivers. It is for everyone who sees vmsnap for the first time, and needs
 * neither KVM nor root. Start with {@code QuickstartTest} in the test sources.
 */
@NullMarked
package dev.vmsnap.quickstart;

import org.jspecify.annotations.NullMarked;
