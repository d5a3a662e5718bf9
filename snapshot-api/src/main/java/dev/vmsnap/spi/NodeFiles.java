package dev.vmsnap.spi;

import java.util.Optional;
import java.util.Set;

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
     * Tells which mount a path leads to, and asks no file system for it that another machine or a process serves: that one
     * may never answer. Symbolic links are followed as far as there, and what lies inside is not looked at.
     *
     * <p>The default says what {@link #fileSystem} says, and so it may ask. For nodes with network mounts it has to be
     * implemented.
     *
     * @param path of a file or directory; may itself be missing
     * @return the mount, or empty when the directory is missing too on a file system that could be asked
     */
    default Optional<Mount> mount(String path) {
        return fileSystem(path).map(there -> Mount.of(there, path));
    }

    /**
     * A file system.
     *
     * @param mount where it is mounted
     * @param type its type, for example {@code ext4}, {@code nfs4}
     * @param freeBytes what an ordinary process can still write, in bytes
     */
    record FileSystem(String mount, String type, long freeBytes) {}

    /**
     * What a path leads to.
     *
     * @param point where it is mounted
     * @param type its type, for example {@code ext4}, {@code nfs4}
     * @param source what is mounted there, for example {@code server:/export}; empty where it is unknown
     * @param options how it is mounted, for example {@code ro}, {@code soft}, {@code vers=4.2}; empty where it is unknown
     * @param rest the rest of the path below the mount point, with a slash before each name; empty for the point itself
     */
    record Mount(String point, String type, String source, Set<String> options, String rest) {
        /** Copies the options. */
        public Mount {
            options = Set.copyOf(options);
        }

        private static Mount of(FileSystem there, String path) {
            String point = there.mount().equals("/") ? "" : there.mount();
            String rest = path.startsWith(point + "/") ? path.substring(point.length()) : "";
            return new Mount(there.mount(), there.type(), "", Set.of(), rest);
        }
    }
}
