package dev.vmsnap.lab.node;

import dev.vmsnap.lab.guest.GuestLog;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A guest's log on a node. Each look is a command there, so looks keep their distance. */
final class NodeLog implements GuestLog {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long BETWEEN_LOOKS_NANOS = Duration.ofMillis(100).toNanos();
    private static final String LOOK = "[ ! -e \"$1\" ] || exec busybox tail -c \"+$2\" \"$1\"";

    private final LabNode node;
    private final String path;
    private long nextLook = System.nanoTime();

    NodeLog(LabNode node, String path) {
        this.node = node;
        this.path = path;
    }

    @Override
    public byte[] from(long position) throws IOException {
        keepDistance();
        List<String> command = List.of("sh", "-c", LOOK, "sh", path, Long.toString(position + 1));
        Execution look = node.attempt(command, new byte[0], PATIENCE);
        nextLook = System.nanoTime() + BETWEEN_LOOKS_NANOS;
        if (look.exitCode() != 0) {
            throw new IOException(this + ": exit " + look.exitCode() + ": " + look.errors());
        }
        return look.bytes();
    }

    private void keepDistance() {
        long left = nextLook - System.nanoTime();
        if (left > 0) {
            try {
                Thread.sleep(Duration.ofNanos(left).toMillis() + 1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
    }

    @Override
    public String toString() {
        return node.name() + ":" + path;
    }
}
