import org.jspecify.annotations.NullMarked;

/**
 * The copy of a VM's records that storage drivers keep beside its disks, as text; for vmsnap's own drivers only.
 *
 * <p>It depends on the API and Gson. Start with {@link dev.vmsnap.manifest.Manifest}.
 */
@NullMarked
@SuppressWarnings("module") // The drivers are compiled after it.
module dev.vmsnap.manifest {
    requires transitive dev.vmsnap;
    requires transitive com.google.gson;
    requires static transitive org.jspecify;

    exports dev.vmsnap.manifest to
            dev.vmsnap.storage.file,
            dev.vmsnap.storage.lvm;
}
