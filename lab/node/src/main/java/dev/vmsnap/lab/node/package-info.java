/** Nodes of the lab for tests: Debian machines with libvirt and LVM, and guests that live on them. */
@NullMarked
package dev.vmsnap.lab.node;

import org.jspecify.annotations.NullMarked;
