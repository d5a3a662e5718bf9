package dev.vmsnap;

/** The kinds of storage that the rules tell apart; a fact about a volume, whether or not a driver exists for it. */
public enum StorageKind {
    /** A file on a node's own file system. */
    FILE,
    /** A file on a network mount. */
    NAS,
    /** A logical volume of a volume group that one node sees. */
    LOCAL_LVM,
    /** A logical volume of a volume group that several nodes share. */
    NETWORK_LVM,
    /** A Ceph RADOS block device. */
    RBD,
    /** Anything else. */
    OTHER
}
