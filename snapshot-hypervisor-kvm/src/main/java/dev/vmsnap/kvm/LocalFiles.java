package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.NodeFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Small files of this machine, or of any file system of Java's. A thread that asks a file system which another machine or a
 * process serves may never come back, so such a one is asked by processes that can be killed.
 */
final class LocalFiles implements NodeFiles {
    static final int LARGEST = 64 << 20;

    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");

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
        if (!route(path).own()) {
            return distant.read(path);
        }
        try (InputStream stream = Files.newInputStream(absolute(path))) {
            byte[] bytes = stream.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw Failures.broken(path + " is larger than " + LARGEST + " bytes");
            }
            return Optional.of(bytes);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("read " + path, e);
        }
    }

    @Override
    public void write(String path, byte[] content) {
        if (!route(path).own()) {
            distant.write(path, content);
            return;
        }
        Path file = absolute(path);
        Path directory = parent(file);
        Path temporary = directory.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            makeDirectory(directory);
            try {
                writeNew(temporary, content);
                Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
            force(directory);
        } catch (IOException e) {
            throw failed("write " + path, e);
        }
    }

    @Override
    public void delete(String path) {
        if (!route(path).own()) {
            distant.delete(path);
            return;
        }
        Path file = absolute(path);
        try {
            if (Files.deleteIfExists(file)) {
                force(parent(file));
            }
        } catch (IOException e) {
            throw failed("delete " + path, e);
        }
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

    private static void makeDirectory(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            return;
        }
        Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
        // The umask may have taken away what the attribute gave.
        Files.setPosixFilePermissions(directory, DIRECTORY);
        force(parent(directory));
    }

    private static void writeNew(Path file, byte[] content) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(FILE));
        Files.setPosixFilePermissions(file, FILE);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    /** Makes a change of names last. Only real file systems let a directory be opened for that. */
    private static void force(Path directory) throws IOException {
        if (directory.getFileSystem().equals(FileSystems.getDefault())) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private Path absolute(String path) {
        Path file = fileSystem.getPath(path);
        if (!file.isAbsolute()) {
            throw new IllegalArgumentException("not an absolute path: " + path);
        }
        return file;
    }

    private static Path parent(Path file) {
        @Nullable Path parent = file.getParent();
        if (parent == null) {
            throw new IllegalArgumentException("not a file: " + file);
        }
        return parent;
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
