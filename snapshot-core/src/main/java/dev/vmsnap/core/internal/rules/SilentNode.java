package dev.vmsnap.core.internal.rules;

import dev.vmsnap.DriverException;

/**
 * A node that did not answer whether it has the VM.
 *
 * @param name the node's name
 * @param reason the kind of failure
 * @param why the failure, for people
 */
public record SilentNode(String name, DriverException.Reason reason, String why) {}
