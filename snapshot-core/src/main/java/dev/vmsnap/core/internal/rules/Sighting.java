package dev.vmsnap.core.internal.rules;

import dev.vmsnap.spi.VmDescription;

/**
 * A node that has the VM.
 *
 * @param node the node's name
 * @param vm what its hypervisor tells of the VM
 */
public record Sighting(String node, VmDescription vm) {}
