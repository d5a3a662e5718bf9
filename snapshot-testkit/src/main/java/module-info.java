import org.jspecify.annotations.NullMarked;

/**
 * A datacenter in memory for the tests of hosts and drivers, without any test framework.
 *
 * <p>It depends on the API alone. Start with {@link dev.vmsnap.testkit.Datacenter}.
 */
@NullMarked
module dev.vmsnap.testkit {
    requires transitive dev.vmsnap;
    requires static transitive org.jspecify;

    exports dev.vmsnap.testkit;
}
