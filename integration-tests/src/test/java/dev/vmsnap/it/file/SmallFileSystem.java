package dev.vmsnap.it.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file system in a file, small enough to be full soon. */
record SmallFileSystem(Path path) implements AutoCloseable {

    static SmallFileSystem of(Path directory, int mebibytes) {
        try {
            Path device = Files.createTempFile(directory, "small", ".ext4");
            Path mount = Files.createTempDirectory(directory, "small");
            Tools.run("truncate", "-s", mebibytes + "M", device.toString());
            Tools.run("mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", device.toString());
            Tools.run("mount", "-o", "loop", device.toString(), mount.toString());
            return new SmallFileSystem(mount);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long freeBytes() {
        return Long.parseLong(
                        Tools.run("stat", "-f", "-c", "%a", path.toString()).strip())
                * Long.parseLong(
                        Tools.run("stat", "-f", "-c", "%S", path.toString()).strip());
    }

    @Override
    public void close() {
        Tools.run("umount", path.toString());
    }
}
