package dev.vmsnap.spi;

import java.util.Optional;

/**
 * Small files on a node. Thread-safe; every failure is a {@link dev.vmsnap.DriverException}.
 *
 * <p>Paths are absolute paths of the node.
 */
public interface NodeFiles {

    /**
     * Reads a file whole.
     *
     * @param path which; at most 64 MiB
     * @return its bytes, or empty when there is none
     */
    Optional<byte[]> read(String path);

    /**
     * Writes a file so that after a crash there is the old one or the new one, never a part: under a temporary name,
     * synced, renamed, the directory synced. The file has mode 0600; a missing parent directory is made with mode 0700.
     *
     * @param path which
     * @param content its bytes
     */
    void write(String path, byte[] content);

    /**
     * Deletes a file. "Already gone" is success.
     *
     * @param path which
     */
    void delete(String path);

    /**
     * Tells the file system that a path lies on.
     *
     * @param path of a file or directory; may itself be missing, its directory not
     * @return the file system, or empty when the directory is missing too
     */
    Optional<FileSystem> fileSystem(String path);

    /**
     * A file system.
     *
     * @param mount where it is mounted
     * @param type its type, for example {@code ext4}, {@code nfs4}
     * @param freeBytes what an ordinary process can still write, in bytes
     */
    record FileSystem(String mount, String type, long freeBytes) {}
}
