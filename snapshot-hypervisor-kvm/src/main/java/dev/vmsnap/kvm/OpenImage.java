package dev.vmsnap.kvm;

import dev.vmsnap.spi.VmDescription.Disk;

/**
 * An image that QEMU has open for a disk.
 *
 * @param disk the disk of the running domain
 * @param node the image
 */
record OpenImage(Disk disk, BlockNode node) {
    /** The path that the domain states. */
    String path() {
        return disk.source().orElse(node.file());
    }
}
