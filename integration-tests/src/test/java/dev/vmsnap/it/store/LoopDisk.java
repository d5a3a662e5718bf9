package dev.vmsnap.it.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small ext4 file system in a file, mounted; nothing of it is reserved for root. */
final class LoopDisk implements AutoCloseable {
    private final Path mountPoint;

    private LoopDisk(Path mountPoint) {
        this.mountPoint = mountPoint;
    }

    static LoopDisk mounted(Path directory, int megabytes) throws Exception {
        Path image = directory.resolve("disk.img");
        Path mountPoint = Files.createDirectory(directory.resolve("mounted"));
        run("truncate", "-s", megabytes + "M", image.toString());
        run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
        run("mount", "-o", "loop", image.toString(), mountPoint.toString());
        return new LoopDisk(mountPoint);
    }

    /** The same in memory, which knows no blocks reserved for root and no journal. */
    static LoopDisk inMemory(Path directory, int megabytes) throws Exception {
        Path mountPoint = Files.createDirectory(directory.resolve("mounted"));
        run("mount", "-t", "tmpfs", "-o", "size=" + megabytes + "M", "vmsnap", mountPoint.toString());
        return new LoopDisk(mountPoint);
    }

    Path path() {
        return mountPoint;
    }

    void fill() throws Exception {
        Process process = new ProcessBuilder(
                        "dd", "if=/dev/zero", "of=" + filler(), "bs=1k", "conv=fsync", "status=none")
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        process.waitFor(1, TimeUnit.MINUTES);
        if (mountPoint.toFile().getUsableSpace() != 0) {
            throw new IllegalStateException("the disk is not full");
        }
    }

    void free() throws IOException {
        Files.delete(filler());
    }

    void readOnly(boolean on) throws Exception {
        run("mount", "-o", "remount," + (on ? "ro" : "rw"), mountPoint.toString());
    }

    @Override
    public void close() throws Exception {
        run("umount", mountPoint.toString());
    }

    private Path filler() {
        return mountPoint.resolve("filler");
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IllegalStateException(String.join(" ", command) + ": " + output);
        }
    }
}
