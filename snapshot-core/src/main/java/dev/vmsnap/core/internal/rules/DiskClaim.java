package dev.vmsnap.core.internal.rules;

import dev.vmsnap.StorageKind;
import dev.vmsnap.spi.VmDescription;
import java.util.Map;

/**
 * A disk of the VM and who says it is theirs.
 *
 * @param disk the disk
 * @param owners the storage drivers that claim it, by id, and the kind of storage each sees
 */
public record DiskClaim(VmDescription.Disk disk, Map<String, StorageKind> owners) {
    /** Copies the map. */
    public DiskClaim {
        owners = Map.copyOf(owners);
    }
}
