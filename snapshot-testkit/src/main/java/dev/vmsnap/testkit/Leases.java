package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The leases of a store in memory; guarded by it. */
final class Leases {
    private final String driver;
    private final Clock clock;
    private final Map<VmId, Lease> newest = new LinkedHashMap<>();
    private final Map<VmId, Long> epochs = new LinkedHashMap<>();
    private final Set<String> cancelRequests = new HashSet<>();

    Leases(String driver, Clock clock) {
        this.driver = driver;
        this.clock = clock;
    }

    Lease acquire(VmId vm, String owner, Verb verb, String operation, Duration time, Predicate<Lease> abandoned) {
        Optional<Lease> held = inForce(vm);
        if (held.isPresent()) {
            Lease lease = held.get();
            boolean dead = !lease.operation().equals(operation) && abandoned.test(lease);
            // The judge may take its time, and the lease may change hands meanwhile.
            if (!inForce(vm).equals(held)) {
                return acquire(vm, owner, verb, operation, time, abandoned);
            }
            if (!dead) {
                return lease;
            }
        }
        Instant now = clock.instant();
        long epoch = epochs.merge(vm, 1L, Long::sum);
        Lease lease = new Lease(vm, owner, epoch, verb, operation, now, now.plus(time));
        put(lease);
        return lease;
    }

    boolean requestCancel(String operation) {
        boolean isHeld = held().anyMatch(lease -> lease.operation().equals(operation));
        if (isHeld) {
            cancelRequests.add(operation);
        }
        return isHeld;
    }

    Set<String> cancelRequests() {
        return Set.copyOf(cancelRequests);
    }

    private void put(Lease lease) {
        forgetRequest(newest.put(lease.vm(), lease));
    }

    private void forgetRequest(@Nullable Lease over) {
        if (over != null) {
            cancelRequests.remove(over.operation());
        }
    }

    Lease renew(Lease lease, Duration time) {
        requireNewest(lease);
        Lease longer = new Lease(
                lease.vm(),
                lease.owner(),
                lease.epoch(),
                lease.verb(),
                lease.operation(),
                lease.since(),
                clock.instant().plus(time));
        newest.put(lease.vm(), longer);
        return longer;
    }

    Map<Lease, DriverException> renewAll(Collection<Lease> leases, Duration time) {
        Map<Lease, DriverException> failures = new LinkedHashMap<>();
        for (Lease lease : leases) {
            try {
                renew(lease, time);
            } catch (DriverException lost) {
                failures.put(lease, lost);
            }
        }
        return failures;
    }

    void release(Lease lease) {
        if (isNewest(lease)) {
            forgetRequest(newest.remove(lease.vm()));
        }
    }

    void requireNewest(Lease lease) {
        if (!isNewest(lease)) {
            throw new DriverException(
                    driver,
                    DriverException.Reason.LEASE_LOST,
                    "the lease on " + lease.vm() + " with epoch " + lease.epoch() + " is held no longer");
        }
    }

    Stream<Lease> held() {
        return newest.values().stream();
    }

    private Optional<Lease> inForce(VmId vm) {
        return Optional.ofNullable(newest.get(vm)).filter(lease -> lease.until().isAfter(clock.instant()));
    }

    private boolean isNewest(Lease lease) {
        return Optional.ofNullable(newest.get(lease.vm()))
                .filter(now -> now.epoch() == lease.epoch() && now.owner().equals(lease.owner()))
                .isPresent();
    }
}
