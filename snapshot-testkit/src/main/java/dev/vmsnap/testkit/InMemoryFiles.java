package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The small files of a node, in memory. Space is finite where {@link #mount} says so, and every directory is there.
 * Thread-safe.
 */
public final class InMemoryFiles implements NodeFiles {
    private static final String DRIVER = "files";
    private static final long ONE_TIB = 1L << 40;

    private final Faults faults;
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, FileSystem> mounts = new LinkedHashMap<>();

    private boolean connected = true;

    InMemoryFiles(Faults faults) {
        this.faults = faults;
        mounts.put("/", new FileSystem("/", "ext4", ONE_TIB));
    }

    /**
     * Mounts a file system, or says anew how much room one has.
     *
     * @param path where
     * @param type its type, for example {@code nfs4}
     * @param freeBytes what is free there from now on
     */
    public void mount(String path, String type, long freeBytes) {
        synchronized (faults) {
            mounts.put(path, new FileSystem(path, type, freeBytes));
        }
    }

    /**
     * Returns the paths of all files.
     *
     * @return in alphabetical order
     */
    public List<String> paths() {
        synchronized (faults) {
            return List.copyOf(files.keySet());
        }
    }

    @Override
    public Optional<byte[]> read(String path) {
        return faults.ask(DRIVER, Faults.Point.FILE_READ, path, () -> Optional.ofNullable(files.get(require(path)))
                .map(byte[]::clone));
    }

    @Override
    public void write(String path, byte[] content) {
        faults.run(DRIVER, Faults.Point.FILE_WRITE, path, () -> {
            FileSystem mount = mountOf(require(path));
            // The old file is there until the new one is complete, so its room cannot be used.
            if (mount.freeBytes() < content.length) {
                throw new DriverException(DRIVER, Reason.NO_SPACE, "no space left on " + mount.mount());
            }
            charge(mount, content.length - length(path));
            files.put(path, content.clone());
        });
    }

    @Override
    public void delete(String path) {
        faults.run(DRIVER, Faults.Point.FILE_DELETE, path, () -> {
            charge(mountOf(require(path)), -length(path));
            files.remove(path);
        });
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        return faults.ask(DRIVER, Faults.Point.FILE_SYSTEM, path, () -> Optional.of(mountOf(require(path))));
    }

    void connected(boolean now) {
        connected = now;
    }

    private long length(String path) {
        return Optional.ofNullable(files.get(path)).map(bytes -> bytes.length).orElse(0);
    }

    private void charge(FileSystem mount, long bytes) {
        mounts.put(mount.mount(), new FileSystem(mount.mount(), mount.type(), mount.freeBytes() - bytes));
    }

    private FileSystem mountOf(String path) {
        return mounts.values().stream()
                .filter(m -> path.equals(m.mount()) || path.startsWith(m.mount().equals("/") ? "/" : m.mount() + "/"))
                .max(Comparator.comparingInt(m -> m.mount().length()))
                .orElseThrow();
    }

    private String require(String path) {
        if (!connected) {
            throw new DriverException(DRIVER, Reason.UNREACHABLE, "the node does not answer");
        }
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("paths of a node are absolute: " + path);
        }
        return path;
    }
}
