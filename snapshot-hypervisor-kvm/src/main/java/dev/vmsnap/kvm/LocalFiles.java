package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Small files of this machine. Processes that can be killed open them, since opening may never come back and Java cannot
 * enter a directory and stay in it. What mounts and file systems there are is asked without one, as long as that is the node's
 * own.
 */
final class LocalFiles implements NodeFiles {
    static final int LARGEST = 64 << 20;

    private final java.nio.file.FileSystem fileSystem;
    private final NodeFiles distant;

    LocalFiles(java.nio.file.FileSystem fileSystem) {
        this(fileSystem, new CommandFiles(new LocalCommands()));
    }

    /**
     * With a way of one's own to what may not answer.
     *
     * @param distant reaches the same files, and gives up in time
     */
    LocalFiles(java.nio.file.FileSystem fileSystem, NodeFiles distant) {
        this.fileSystem = fileSystem;
        this.distant = distant;
    }

    @Override
    public Optional<byte[]> read(String path) {
        return distant.read(path);
    }

    @Override
    public void write(String path, byte[] content) {
        distant.write(path, content);
    }

    @Override
    public void delete(String path) {
        distant.delete(path);
    }

    @Override
    public Optional<FileSystem> fileSystem(String path) {
        Route route = route(path);
        if (!route.own()) {
            return distant.fileSystem(path);
        }
        Path file = absolute(path);
        try {
            Path there = Files.exists(file) ? file : file.getParent();
            if (route.mount().isEmpty() || there == null || !Files.exists(there)) {
                return Optional.empty();
            }
            Mount mount = route.mount().get();
            return Optional.of(new FileSystem(
                    mount.point(), mount.type(), Files.getFileStore(there).getUsableSpace()));
        } catch (IOException e) {
            throw failed("look at the file system of " + path, e);
        }
    }

    @Override
    public Optional<Mount> mount(String path) {
        return route(path).mount();
    }

    private Route route(String path) {
        Path file = absolute(path);
        try {
            return Route.of(path, table(), this::down);
        } catch (IOException e) {
            throw failed("find out where " + file + " leads", e);
        }
    }

    /** The kernel's table; a file system that has none is one mount. */
    private MountTable table() throws IOException {
        Path file = fileSystem.getPath(MountTable.FILE);
        return MountTable.parse(Files.exists(file) ? Files.readString(file) : "1 0 0:0 / / rw - ramfs none rw\n");
    }

    private Route.Met down(String from, List<String> names) {
        Path at = fileSystem.getPath(from.isEmpty() ? "/" : from);
        int plain = 0;
        for (String name : names) {
            at = at.resolve(name);
            if (Files.isSymbolicLink(at)) {
                return new Route.Met(plain, Optional.of(target(at)));
            }
            if (!Files.exists(at)) {
                break;
            }
            plain++;
        }
        return new Route.Met(plain, Optional.empty());
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            throw failed("follow " + link, e);
        }
    }

    private Path absolute(String path) {
        Path file = fileSystem.getPath(path);
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + path);
        }
        return file;
    }

    private static DriverException failed(String doing, IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        Reason reason = Reason.BROKEN;
        if (e instanceof AccessDeniedException || message.contains("read-only file system")) {
            reason = Reason.DENIED;
        } else if (e instanceof NoSuchFileException) {
            reason = Reason.MISSING;
        } else if (message.contains("no space left") || message.contains("quota exceeded")) {
            reason = Reason.NO_SPACE;
        }
        return Failures.of(reason, doing + ": " + e, e);
    }
}
