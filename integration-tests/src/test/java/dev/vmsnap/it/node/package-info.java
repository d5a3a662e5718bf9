/** The lab's nodes, tested before anything is tested on them. */
@NullMarked
package dev.vmsnap.it.node;

import org.jspecify.annotations.NullMarked;
