import org.jspecify.annotations.NullMarked;

/**
 * Storage driver for logical volumes, with a logical volume for each snapshot; for hosts that wire it or have it
 * discovered.
 *
 * <p>It depends on the API, the manifest, Gson and slf4j. Start with {@link dev.vmsnap.storage.lvm.LvmStorage}.
 */
@NullMarked
module dev.vmsnap.storage.lvm {
    requires transitive dev.vmsnap;
    requires static transitive org.jspecify;
    requires com.google.gson;
    requires dev.vmsnap.manifest;
    requires org.slf4j;

    exports dev.vmsnap.storage.lvm;

    provides dev.vmsnap.spi.DriverProvider with
            dev.vmsnap.storage.lvm.LvmStorageProvider;
}
