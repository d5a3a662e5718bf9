package dev.vmsnap.storage.nas;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.NodeFiles;
import java.util.Optional;

/** How it stands with one volume: whether its export is there. */
sealed interface Standing {

    /** The volume. */
    Volume volume();

    /**
     * Its export is there; the image may still be missing.
     *
     * @param mount what the path leads to
     * @param missing whether there is proof that there is no image: the records beside it are there
     * @param writable whether it may be written to now
     * @param freeBytes what is free there, in bytes
     * @param owner as whom to work on the image; empty for the node's own user
     * @param keeper as whom to work on the image's directory
     */
    record Here(
            Volume volume,
            NodeFiles.Mount mount,
            boolean missing,
            boolean writable,
            long freeBytes,
            Optional<Owner> owner,
            Optional<Owner> keeper)
            implements Standing {

        /** The export, as the pool of space that is drawn from. */
        String store() {
            return mount.source().isEmpty() ? mount.point() : mount.source();
        }

        /** The volume with where it was seen. */
        Volume seen() {
            return Exports.place(mount).map(volume::at).orElse(volume);
        }

        boolean readOnly() {
            return mount.options().contains("ro");
        }

        /** Whether the server does not hear of the locks that QEMU takes (nfs(5)). */
        boolean locksAlone() {
            return mount.options().contains("nolock")
                    || mount.options().contains("local_lock=all")
                    || mount.options().contains("local_lock=posix");
        }

        boolean soft() {
            return mount.options().contains("soft") || mount.options().contains("softerr");
        }
    }

    /**
     * Nothing can be known of it now.
     *
     * @param store the export, or where it should be mounted
     * @param why what stands against every verb
     * @param reason how verbs fail that are asked all the same
     */
    record Away(Volume volume, String store, Refusal why, Reason reason) implements Standing {}

    /** The host has said that its export will not come back. */
    record Abandoned(Volume volume) implements Standing {}
}
