package dev.vmsnap.it.manual;

import dev.vmsnap.PowerState;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.it.TickingHost;
import java.util.List;

/** A guest with one disk on one kind of storage, off at first, a host that looks after it, and eyes beside the library. */
public interface Stage {
    StorageKind kind();

    TickingHost host();

    void boot();

    PowerState power();

    void powerOff();

    /** The counter on a disk that no guest uses; the guest's own first disk has an empty name. */
    long counter(String disk);

    /** Where the guest's snapshots lie, by the storage's own tools: one word for each snapshot. */
    List<String> places();

    /** In words, what {@link #places} are. */
    String nature();

    /** A place for a copy of the guest's disk that nothing is in. */
    String freePlace();

    /** How many snapshots belong to a copy. */
    int snapshotsOf(String copy);

    /** Defines one more VM and never starts it. */
    VmId define(String name, String xml);

    /** Lets the storage run full while a snapshot is made or kept, and says which. */
    SnapshotId runOutOfSpace();

    /** What is there now. */
    default Snapshot find(SnapshotId id) {
        return host().find(id);
    }
}
