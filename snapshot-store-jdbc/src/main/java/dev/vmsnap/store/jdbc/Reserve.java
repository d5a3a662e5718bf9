package dev.vmsnap.store.jdbc;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file beside the database that only takes up space. When the file system is full it gives that space back piece by piece,
 * so that snapshots can be listed and deleted; piece by piece, because others may take what is given back. It is filled
 * again once there is space. Thread-safe.
 */
final class Reserve {
    /** The space that a process needs at once: shared memory of 32 KiB, and a log of some hundred pages. */
    private static final int PIECE = 512 << 10;

    private static final long SIZE = 4L * PIECE;

    private final Path file;

    Reserve(Path database) {
        this.file = database.resolveSibling(database.getFileName() + "-reserve");
    }

    /** Takes up space as far as there is some. That it cannot is no failure: the store works without it. */
    synchronized void fill() {
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            if (channel.size() < SIZE) {
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
                write(channel);
            }
        } catch (IOException full) {
            return;
        }
    }

    /** Gives one piece back to the file system; false if nothing is left. */
    synchronized boolean giveBack() {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size();
            if (size == 0) {
                return false;
            }
            channel.truncate(Math.max(0, size - PIECE));
            channel.force(true);
            return true;
        } catch (IOException gone) {
            return false;
        }
    }

    private static void write(FileChannel channel) throws IOException {
        ByteBuffer zeros = ByteBuffer.allocate(PIECE / 8);
        for (long at = channel.size(); at < SIZE; at += zeros.position()) {
            zeros.clear();
            channel.write(zeros, at);
        }
        channel.force(true);
    }
}
