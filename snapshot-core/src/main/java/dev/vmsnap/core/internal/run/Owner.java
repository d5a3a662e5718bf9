package dev.vmsnap.core.internal.run;

import dev.vmsnap.spi.Lease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Names this engine as the holder of leases: boot of the machine, PID namespace, PID, start of the process, engine. A
 * holder of the same boot and namespace whose process is gone is known to be dead, so its lease need not run out.
 */
final class Owner {
    private static final int PARTS = 5;

    /** The owners in this process whose engines are closed. */
    private static final Set<String> GONE = ConcurrentHashMap.newKeySet();

    private final String boot;
    private final String namespace;
    private final String name;

    Owner() {
        this.boot = read("/proc/sys/kernel/random/boot_id");
        this.namespace = link("/proc/self/ns/pid");
        ProcessHandle self = ProcessHandle.current();
        this.name = String.join("/", boot, namespace, "" + self.pid(), start(self), "" + UUID.randomUUID());
    }

    String name() {
        return name;
    }

    /** Says that the engine is closed: a lease that it could not give back need not run out in this process. */
    void retire() {
        GONE.add(name);
    }

    /** Whether the holder of that lease is known to be dead. */
    boolean abandoned(Lease lease) {
        if (GONE.contains(lease.owner())) {
            return true;
        }
        List<String> parts = List.of(lease.owner().split("/", -1));
        if (boot.isEmpty()
                || namespace.isEmpty()
                || parts.size() != PARTS
                || !parts.get(0).equals(boot)
                || !parts.get(1).equals(namespace)
                || !parts.get(2).matches("[0-9]{1,18}")) {
            return false;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(Long.parseLong(parts.get(2)));
        return process.filter(ProcessHandle::isAlive).isEmpty()
                || !start(process.get()).equals(parts.get(3));
    }

    private static String start(ProcessHandle process) {
        return process.info()
                .startInstant()
                .map(Instant::toEpochMilli)
                .map(String::valueOf)
                .orElse("");
    }

    private static String read(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException notLinux) {
            return "";
        }
    }

    private static String link(String file) {
        try {
            return Files.readSymbolicLink(Path.of(file)).toString();
        } catch (IOException notLinux) {
            return "";
        }
    }
}
