/** The ticker guest: a virtual machine of 512 bytes whose RAM and disks show which instant they come from. */
@NullMarked
package dev.vmsnap.lab.guest;

import org.jspecify.annotations.NullMarked;
