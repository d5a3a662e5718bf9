package dev.vmsnap.store.jdbc;

import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a database: there, its owner's only, on a local disk, and still the one that was opened. SQLite gives its
 * {@code -wal} and {@code -shm} the mode of the database. An existing database is never opened here: closing it would
 * drop the locks that SQLite holds on it in this process.
 */
final class SqliteFile {
    private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<String> NETWORK = Set.of(
            "afs",
            "beegfs",
            "ceph",
            "cifs",
            "fuse.ceph",
            "fuse.glusterfs",
            "fuse.sshfs",
            "gfs2",
            "gpfs",
            "lustre",
            "ncpfs",
            "nfs",
            "nfs4",
            "ocfs2",
            "smb2",
            "smb3",
            "smbfs");

    private final Path path;
    private final @Nullable Object key;

    private SqliteFile(Path path, @Nullable Object key) {
        this.path = path;
        this.key = key;
    }

    /** Makes the file when it is not there, and its directory. */
    static SqliteFile prepare(Path file) {
        if (!file.getFileSystem().equals(FileSystems.getDefault())) {
            throw new IllegalArgumentException("SQLite needs a file of the default file system, not " + file.toUri());
        }
        Path path = file.toAbsolutePath().normalize();
        try {
            create(path);
            Path real = path.toRealPath();
            requireUsable(real);
            return new SqliteFile(real, key(real));
        } catch (IOException failed) {
            throw failure(path, failed);
        }
    }

    static boolean isNetwork(String fileSystem) {
        return NETWORK.contains(fileSystem.toLowerCase(Locale.ROOT));
    }

    /** The JDBC address, in a form that no character of the path can change. */
    String url() {
        return "jdbc:sqlite:file:" + path.toUri().getRawPath();
    }

    void verify() {
        try {
            if (Objects.equals(key, key(path))) {
                return;
            }
        } catch (IOException gone) {
            throw new StoreException(Sqlite.ID, Problem.REPLACED, "the store " + path + " is gone while open", gone);
        }
        throw new StoreException(Sqlite.ID, Problem.REPLACED, "the store " + path + " was replaced while it was open");
    }

    /** Takes from others what they may do with the files of a store. Only then is it known to be one. */
    void keepToOwner() {
        try {
            for (String suffix : List.of("", "-wal", "-shm")) {
                Path file = path.resolveSibling(path.getFileName() + suffix);
                if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                        && !Files.getPosixFilePermissions(file).equals(OWNER_FILE)) {
                    Files.setPosixFilePermissions(file, OWNER_FILE);
                }
            }
        } catch (IOException failed) {
            throw failure(path, failed);
        }
    }

    Reserve reserve() {
        return new Reserve(path);
    }

    /** Names the processes that keep it locked; empty if that cannot be told. */
    Optional<String> lockHolders() {
        return LockHolders.of(path);
    }

    @Override
    public String toString() {
        return path.toString();
    }

    private static void create(Path path) throws IOException {
        Path directory = Objects.requireNonNull(path.getParent(), "a database has a directory");
        createDirectory(directory);
        try {
            Files.createFile(path, PosixFilePermissions.asFileAttribute(OWNER_FILE));
            // A umask may have taken away from the owner too.
            Files.setPosixFilePermissions(path, OWNER_FILE);
            sync(directory);
        } catch (FileAlreadyExistsException there) {
            return;
        }
    }

    private static void createDirectory(Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent == null || Files.isDirectory(directory)) {
            return;
        }
        createDirectory(parent);
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(OWNER_DIRECTORY));
        } catch (FileAlreadyExistsException there) {
            if (Files.isDirectory(directory)) {
                return;
            }
            throw there;
        }
        Files.setPosixFilePermissions(directory, OWNER_DIRECTORY);
        sync(parent);
    }

    private static void requireUsable(Path real) throws IOException {
        if (!Files.isRegularFile(real)) {
            throw new StoreException(Sqlite.ID, Problem.NOT_A_STORE, "the store " + real + " is not a regular file");
        }
        String type = Files.getFileStore(real).type();
        if (isNetwork(type)) {
            throw new StoreException(
                    Sqlite.ID,
                    Problem.UNSUITABLE_PLACE,
                    "the store " + real + " lies on a network file system (" + type
                            + "), where SQLite's locks and log are not safe");
        }
    }

    private static @Nullable Object key(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    }

    private static void sync(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static StoreException failure(Path path, IOException cause) {
        return new StoreException(
                Sqlite.ID, problem(path, cause), "the store " + path + " cannot be made or opened: " + cause, cause);
    }

    private static Problem problem(Path path, IOException cause) {
        Path directory = Objects.requireNonNullElse(path.getParent(), path);
        while (directory.getParent() != null && !Files.exists(directory)) {
            directory = directory.getParent();
        }
        if (cause instanceof NoSuchFileException || !Files.isDirectory(directory)) {
            return Problem.UNSUITABLE_PLACE;
        }
        if (cause instanceof AccessDeniedException || !Files.isWritable(directory)) {
            return Problem.NOT_WRITABLE;
        }
        return directory.toFile().getUsableSpace() == 0 && directory.toFile().getTotalSpace() > 0
                ? Problem.FULL
                : Problem.UNSUITABLE_PLACE;
    }
}
