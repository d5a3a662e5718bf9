package dev.vmsnap.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** A file for RAM on a file system that can be made to take nothing any more, and to go on. */
final class HangingTarget {
    private static final long SOME_BYTES = 8 << 20;
    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private final Path mount;
    private final Path file;
    private boolean hangs;

    private HangingTarget(Path mount, Path file) {
        this.mount = mount;
        this.file = file;
    }

    static HangingTarget of(Lab lab, BareGuest guest, int mebibytes) {
        Path mount = lab.smallFileSystem(mebibytes);
        HangingTarget target = new HangingTarget(mount, Path.of(guest.newTarget(mount)));
        lab.cleanUp(target::goOn);
        return target;
    }

    String path() {
        return file.toString();
    }

    /** Waits until something was written, and lets it hang there. */
    void hangOnceWrittenTo() {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (size() < SOME_BYTES) {
            if (System.nanoTime() - end >= 0) {
                throw new IllegalStateException("nothing was written to " + file);
            }
            LockSupport.parkNanos(100_000);
        }
        Shell.run("fsfreeze", "-f", mount.toString());
        hangs = true;
    }

    void goOn() {
        if (hangs) {
            Shell.run("fsfreeze", "-u", mount.toString());
            hangs = false;
        }
    }

    private long size() {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
