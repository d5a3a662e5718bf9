import org.jspecify.annotations.NullMarked;

/**
 * Storage driver for qcow2 files with snapshots inside the image; for hosts that wire it or have it discovered.
 *
 * <p>It depends on the API, the manifest, Gson and slf4j. Start with {@link dev.vmsnap.storage.file.FileStorage}.
 */
@NullMarked
@SuppressWarnings("module") // The NAS driver is compiled after it.
module dev.vmsnap.storage.file {
    requires transitive dev.vmsnap;
    requires static transitive org.jspecify;
    requires com.google.gson;
    requires dev.vmsnap.manifest;
    requires org.slf4j;

    exports dev.vmsnap.storage.file;
    exports dev.vmsnap.storage.file.image to
            dev.vmsnap.storage.nas;

    provides dev.vmsnap.spi.DriverProvider with
            dev.vmsnap.storage.file.FileStorageProvider;
}
