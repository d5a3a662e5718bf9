package dev.vmsnap.kvm;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Reads a stream to its end, up to a limit; what was read so far can be had at any time. */
final class Drain implements Runnable {
    private final InputStream stream;
    private final int limit;
    private final Runnable stirred;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final CountDownLatch ended = new CountDownLatch(1);
    private int told;
    private volatile boolean tooMuch;

    /** Runs the given code whenever something was read, or too much. */
    Drain(InputStream stream, int limit, Runnable stirred) {
        this.stream = stream;
        this.limit = limit;
        this.stirred = stirred;
    }

    @Override
    public void run() {
        byte[] buffer = new byte[8192];
        try (stream) {
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                if (bytes.size() + n > limit) {
                    tooMuch = true;
                    stirred.run();
                    return;
                }
                bytes.write(buffer, 0, n);
                stirred.run();
            }
        } catch (IOException endedByForce) {
            return;
        } finally {
            ended.countDown();
        }
    }

    boolean isTooMuch() {
        return tooMuch;
    }

    /** What was read since this was asked the last time, by the same thread. */
    byte[] fresh() {
        int from = told;
        if (bytes.size() == from) {
            return new byte[0];
        }
        byte[] all = bytes.toByteArray();
        told = all.length;
        return Arrays.copyOfRange(all, from, all.length);
    }

    /** What was read up to the end, or up to a moment of {@link System#nanoTime}: a child may keep the stream open. */
    byte[] bytes(long until) {
        boolean interrupted = false;
        while (true) {
            try {
                ended.await(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return bytes.toByteArray();
    }
}
