/** Tests of the NAS driver on nodes in a box, of which one is the server. */
@NullMarked
package dev.vmsnap.it.nas;

import org.jspecify.annotations.NullMarked;
