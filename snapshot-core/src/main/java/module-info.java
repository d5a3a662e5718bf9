import org.jspecify.annotations.NullMarked;

/**
 * The engine that checks, plans and runs snapshot operations over the drivers it is given; for hosts.
 *
 * <p>It depends on the API and slf4j, and on no driver. Start with {@link dev.vmsnap.core.SnapshotEngine#builder()}.
 */
@NullMarked
module dev.vmsnap.core {
    requires transitive dev.vmsnap;
    requires static transitive org.jspecify;
    requires org.slf4j;

    exports dev.vmsnap.core;
}
