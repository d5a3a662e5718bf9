import org.jspecify.annotations.NullMarked;

/**
 * Storage driver for qcow2 files on network mounts, with snapshots inside the image; for hosts that wire it or have it
 * discovered.
 *
 * <p>It depends on the API and on the file storage driver. Start with {@link dev.vmsnap.storage.nas.NasStorage}.
 */
@NullMarked
module dev.vmsnap.storage.nas {
    requires transitive dev.vmsnap;
    requires static transitive org.jspecify;
    requires dev.vmsnap.storage.file;

    exports dev.vmsnap.storage.nas;

    provides dev.vmsnap.spi.DriverProvider with
            dev.vmsnap.storage.nas.NasStorageProvider;
}
