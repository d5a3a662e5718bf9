/** Tests of the arrows between modules and of the promises of the documents. */
@NullMarked
package dev.vmsnap.architecture;

import org.jspecify.annotations.NullMarked;
