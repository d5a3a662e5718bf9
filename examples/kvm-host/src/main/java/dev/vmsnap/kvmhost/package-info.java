/**
 * A small host application on one KVM node, with file storage and an SQLite store. It is for authors of platforms who
 * want to see the library embedded, and uses nothing but its public API. Start with {@code Platform}.
 */
@NullMarked
package dev.vmsnap.kvmhost;

import org.jspecify.annotations.NullMarked;
