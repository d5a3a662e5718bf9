package dev.vmsnap;

/**
 * The result of a restore.
 *
 * @param snapshot the snapshot that the VM descends from now
 * @param certificate what was done about each hazard of going back in time
 */
public record Restored(Snapshot snapshot, Certificate certificate) {}
