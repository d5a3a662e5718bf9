package dev.vmsnap;

/** What vmsnap itself does; the verb of an operation, an event and a journal entry. */
public enum Verb {
    /** Take a snapshot. */
    CREATE,
    /** Bring a VM back to a snapshot. */
    RESTORE,
    /** Change what is said of a snapshot. */
    EDIT,
    /** Delete one or more snapshots of a VM. */
    DELETE,
    /** Delete every snapshot of a VM. */
    DELETE_ALL,
    /** Change settings or templates. */
    CONFIGURE,
    /** Delete what is left of a VM that the host has deleted. */
    DELETE_VM,
    /** Take a stopped VM's snapshots to another node. */
    MIGRATE,
    /** Copy disks, as they are or as a snapshot has them. */
    CLONE,
    /** Look at what is there. */
    DOCTOR,
    /** Make records again from the copies on storage. */
    REBUILD,
    /** Finish or undo what an earlier process left open. */
    RECOVER
}
