package dev.vmsnap.kvm;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.jna.Pointer;
import dev.vmsnap.VmId;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Follows one job of QEMU's by the events that QEMU sends: when it has ended, and how long it held the guest. Of a save of
 * RAM by libvirt, which QEMU takes for a migration, it tells the beginning.
 */
final class JobWatch implements AutoCloseable {
    /** The events that it needs, as libvirt's regular expression. */
    static final String EVENTS = "^(STOP|RESUME|JOB_STATUS_CHANGE|MIGRATION)$";

    // Held for ever: libvirt keeps only the address, also of callbacks of connections that are being closed.
    static final Virt.MonitorCallback CALLBACK = (connection, domain, event, seconds, micros, details, opaque) -> {
        byte[] uuid = new byte[37];
        if (opaque != null && Virt.Loaded.VIRT.virDomainGetUUIDString(domain, uuid) == 0) {
            String id = new String(uuid, 0, uuid.length - 1, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
            dispatch(Pointer.nativeValue(opaque), id, event, seconds * 1_000_000 + micros, details);
        }
    };

    private static final ConcurrentMap<String, JobWatch> WATCHES = new ConcurrentHashMap<>();

    private final String key;
    private final String job;
    private long stopped;
    private long held;
    private boolean running = true;
    private boolean concluded;
    private boolean migrating;

    private JobWatch(String key, String job) {
        this.key = key;
        this.job = job;
    }

    /** Begins to watch; comes before the job. */
    static JobWatch on(long session, VmId vm, String job) {
        JobWatch watch = new JobWatch(session + "/" + vm, job);
        WATCHES.put(watch.key, watch);
        return watch;
    }

    static void dispatch(long session, String id, String event, long micros, @Nullable String details) {
        JobWatch watch = WATCHES.get(session + "/" + id);
        if (watch != null) {
            watch.happened(event, micros, details);
        }
    }

    private synchronized void happened(String event, long micros, @Nullable String details) {
        switch (event) {
            case "STOP" -> {
                if (running) {
                    running = false;
                    stopped = micros;
                }
            }
            case "RESUME" -> {
                if (!running) {
                    running = true;
                    held += micros - stopped;
                }
            }
            case "MIGRATION" -> migrating = true;
            default -> {
                if (details != null && ends(details)) {
                    concluded = true;
                    notifyAll();
                }
            }
        }
    }

    private boolean ends(String details) {
        try {
            JsonObject change = JsonParser.parseString(details).getAsJsonObject();
            return Json.text(change, "id", "").equals(job)
                    && Json.text(change, "status", "").equals("concluded");
        } catch (JsonParseException | IllegalStateException e) {
            return false;
        }
    }

    /** Waits for the end of the job, at most as long as given. */
    synchronized boolean concluded(Duration patience) {
        long end = System.nanoTime() + patience.toNanos();
        boolean interrupted = false;
        while (!concluded) {
            long millis = (end - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                break;
            }
            try {
                wait(millis);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return concluded;
    }

    /** Whether QEMU has begun to migrate, to wherever. */
    synchronized boolean migrating() {
        return migrating;
    }

    /** How long QEMU held the guest; zero when it was held before. */
    synchronized Duration held() {
        return Duration.ofNanos(held * 1_000);
    }

    @Override
    public void close() {
        WATCHES.remove(key, this);
    }
}
