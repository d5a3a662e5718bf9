package dev.vmsnap.kvm;

import dev.vmsnap.kvm.ByteCommands.Output;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Shells on one machine, kept for a while for the commands to come. As many as are needed at once, few while they wait. */
final class RemoteShells implements AutoCloseable {
    // Of the ten sessions that sshd lets share a connection, most are left to others.
    private static final int MOST_IDLE = 3;

    private static final Duration LAST_WORDS = Duration.ofSeconds(5);

    private final Supplier<RemoteShell> open;
    private final Duration rest;
    private final Deque<Idle> idle = new ArrayDeque<>();
    private boolean closed;

    private record Idle(RemoteShell shell, long since) {}

    /**
     * Makes shells.
     *
     * @param open opens one
     * @param rest how long one that nobody needs is kept
     */
    RemoteShells(Supplier<RemoteShell> open, Duration rest) {
        this.open = open;
        this.rest = rest;
    }

    /**
     * Runs a command in one of them; failures as in {@link RemoteShell#run}.
     *
     * @return how it ended; where the shell ended first, how the way to it did, and that it did
     */
    Ending run(List<String> arguments, byte[] input, Duration timeout, int outputLimit) {
        RemoteShell shell = take();
        boolean whole = false;
        try {
            Optional<Output> output = shell.run(arguments, input, timeout, outputLimit);
            whole = output.isPresent();
            return new Ending(output.orElseGet(() -> shell.lastWords(LAST_WORDS)), !whole);
        } finally {
            if (whole) {
                giveBack(shell);
            } else {
                shell.close();
            }
        }
    }

    /** How a command ended, or the way to it. */
    record Ending(Output output, boolean cut) {}

    private RemoteShell take() {
        synchronized (this) {
            while (!idle.isEmpty()) {
                RemoteShell shell = idle.pop().shell();
                if (shell.isReady()) {
                    return shell;
                }
                shell.close();
            }
        }
        return open.get();
    }

    private void giveBack(RemoteShell shell) {
        synchronized (this) {
            if (!closed && idle.size() < MOST_IDLE) {
                idle.push(new Idle(shell, System.nanoTime()));
                CompletableFuture.delayedExecutor(rest.toNanos(), TimeUnit.NANOSECONDS, Workers::start)
                        .execute(this::closeRested);
                return;
            }
        }
        shell.close();
    }

    private synchronized void closeRested() {
        idle.removeIf(one -> {
            boolean rested = System.nanoTime() - one.since() >= rest.toNanos();
            if (rested) {
                one.shell().close();
            }
            return rested;
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        idle.forEach(one -> one.shell().close());
        idle.clear();
    }
}
