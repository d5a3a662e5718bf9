package dev.vmsnap.core.internal.rules;

/** What the hypervisor of the node to act on can do beyond the minimum. */
public enum Ability {
    /** Hold and release a guest's processors. */
    HOLD,
    /** Make and delete snapshots inside the images of an active VM. */
    IN_IMAGE,
    /** Save and restore RAM inside the images. */
    IN_IMAGE_RAM,
    /** Save and restore RAM beside the volumes. */
    RAM_BESIDE,
    /** Freeze and thaw a guest's file systems. */
    QUIESCE,
    /** Read and bring back what a machine keeps outside its disks. */
    MACHINE_STATE,
    /** Renew generation IDs. */
    GENERATION_IDS,
    /** Set a guest's clock through its agent. */
    GUEST_CLOCK,
    /** Forget checkpoints. */
    CHECKPOINTS,
    /** Give a running guest its present metadata. */
    METADATA
}
