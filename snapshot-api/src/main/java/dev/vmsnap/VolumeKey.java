package dev.vmsnap;

/**
 * The identity of a disk: its storage driver and its source. A target such as {@code vda} can name another disk tomorrow.
 *
 * @param storage the {@linkplain dev.vmsnap.spi.StorageDriver#id() id} of the driver that owns it
 * @param source the path or device of its data on the node
 */
public record VolumeKey(String storage, String source) {}
