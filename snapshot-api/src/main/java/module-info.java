import org.jspecify.annotations.NullMarked;

/**
 * The words of vmsnap: what a host application touches ({@code dev.vmsnap}) and what a driver author implements
 * ({@code dev.vmsnap.spi}).
 *
 * <p>It depends on the JDK alone; jspecify's annotations are needed for compiling only. Hosts start with
 * {@link dev.vmsnap.VmSnapshots}, driver authors with {@link dev.vmsnap.spi.StorageDriver}.
 */
@NullMarked
module dev.vmsnap {
    requires static transitive org.jspecify;

    exports dev.vmsnap;
    exports dev.vmsnap.spi;
}
