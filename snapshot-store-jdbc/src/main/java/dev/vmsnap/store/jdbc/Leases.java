package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.Lease;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The table of leases. A VM's row outlives its lease and its record, for its epoch never goes back. */
final class Leases {
    private static final String SELECT =
            "SELECT vm AS belongs_to, vm, epoch, owner, verb, operation, held_since, held_until FROM lease";

    private Leases() {}

    /** The lease that an owner asks for. */
    record Request(VmId vm, String owner, Verb verb, String operation, Duration time) {
        boolean isFor(Lease lease) {
            return owner.equals(lease.owner()) && operation.equals(lease.operation());
        }
    }

    private record Held(long epoch, Optional<Lease> lease) {}

    /**
     * Gives the lease to whom asks if it is free or has ended, or if it is still exactly the one that was judged.
     *
     * @param judged a lease whose holder was found to be dead
     * @return the lease now in force
     */
    static Lease take(Transaction transaction, Request request, Optional<Lease> judged, Instant now)
            throws SQLException {
        Optional<Held> held = find(transaction, request.vm());
        Optional<Lease> inForce = held.flatMap(Held::lease)
                .filter(lease -> now.isBefore(lease.until()) && !judged.equals(Optional.of(lease)));
        if (inForce.isPresent()) {
            return inForce.get();
        }
        Lease next = new Lease(
                request.vm(),
                request.owner(),
                held.map(Held::epoch).orElse(0L) + 1,
                request.verb(),
                request.operation(),
                now,
                end(now, request.time()));
        int written = transaction.update(
                "INSERT INTO lease (vm, epoch, owner, verb, operation, held_since, held_until)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (vm) DO UPDATE SET epoch = excluded.epoch, owner = excluded.owner,"
                        + " verb = excluded.verb, operation = excluded.operation,"
                        + " held_since = excluded.held_since, held_until = excluded.held_until,"
                        + " cancel_requested = NULL"
                        + " WHERE lease.epoch = excluded.epoch - 1",
                next.vm(),
                next.epoch(),
                next.owner(),
                next.verb().name(),
                next.operation(),
                next.since(),
                next.until());
        if (written == 0) {
            throw transaction.failure(Reason.CONFLICT, "the lease on VM " + request.vm() + " was just acquired");
        }
        return next;
    }

    static Lease renew(Transaction transaction, Lease lease, Duration time, Instant now) throws SQLException {
        Lease stored = require(transaction, lease);
        Instant until = end(now, time);
        transaction.update("UPDATE lease SET held_until = ? WHERE vm = ?", until, lease.vm());
        return new Lease(
                stored.vm(), stored.owner(), stored.epoch(), stored.verb(), stored.operation(), stored.since(), until);
    }

    /** Renews leases, and returns the failures of those that cannot be renewed. */
    static Map<Lease, DriverException> renewAll(
            Transaction transaction, Collection<Lease> leases, Duration time, Instant now) throws SQLException {
        Map<Lease, DriverException> failures = new HashMap<>();
        for (Lease lease : leases) {
            try {
                renew(transaction, lease, time, now);
            } catch (DriverException failure) {
                failures.put(lease, failure);
            }
        }
        return failures;
    }

    static void release(Transaction transaction, Lease lease) throws SQLException {
        transaction.update(
                "UPDATE lease SET owner = NULL, verb = NULL, operation = NULL, held_since = NULL, held_until = NULL,"
                        + " cancel_requested = NULL WHERE vm = ? AND epoch = ?",
                lease.vm(),
                lease.epoch());
    }

    /** The leases that were not given back, as far as they can be read. */
    static List<Lease> all(Transaction transaction) throws SQLException {
        return transaction
                .query("lease", new Damages(), SELECT + " WHERE owner IS NOT NULL ORDER BY vm", Leases::read)
                .stream()
                .flatMap(held -> held.lease().stream())
                .toList();
    }

    static boolean requestCancel(Transaction transaction, String operation) throws SQLException {
        return transaction.update("UPDATE lease SET cancel_requested = ? WHERE operation = ?", true, operation) > 0;
    }

    static Set<String> cancelRequests(Transaction transaction) throws SQLException {
        return Set.copyOf(transaction.query(
                "SELECT operation FROM lease WHERE cancel_requested = ? AND operation IS NOT NULL",
                row -> row.text("operation"),
                true));
    }

    /** Throws unless the lease is the VM's newest and was not released; returns it as it is stored. */
    static Lease require(Transaction transaction, Lease lease) throws SQLException {
        Optional<Held> held = find(transaction, lease.vm());
        return held.filter(found -> found.epoch() == lease.epoch())
                .flatMap(Held::lease)
                .orElseThrow(() -> transaction.failure(
                        Reason.LEASE_LOST,
                        "operation " + lease.operation() + " no longer holds the lease on VM " + lease.vm()
                                + ": its epoch is " + lease.epoch() + ", "
                                + held.map(Leases::state).orElse("and nobody ever held one")));
    }

    private static String state(Held held) {
        return "the newest is " + held.epoch()
                + held.lease()
                        .map(lease -> " of operation " + lease.operation())
                        .orElse(", which was released");
    }

    private static Optional<Held> find(Transaction transaction, VmId vm) throws SQLException {
        return transaction.queryLocking(SELECT + " WHERE vm = ?", Leases::read, vm).stream()
                .findFirst();
    }

    /** Adds the leases that cannot be read to the damages. */
    static void examine(Transaction transaction, Damages damages) throws SQLException {
        transaction.query("lease", damages, SELECT, Leases::read);
    }

    /** Adds the lease of a VM to the damages if it cannot be read. */
    static void examine(Transaction transaction, Damages damages, VmId vm) throws SQLException {
        transaction.query("lease", damages, SELECT + " WHERE vm = ?", Leases::read, vm);
    }

    private static Held read(Row row) throws SQLException {
        long epoch = row.number("epoch");
        Optional<String> owner = row.optionalText("owner");
        if (owner.isEmpty()) {
            return new Held(epoch, Optional.empty());
        }
        return new Held(
                epoch,
                Optional.of(new Lease(
                        VmId.of(row.text("vm")),
                        owner.get(),
                        epoch,
                        row.word("verb", Verb.class),
                        row.text("operation"),
                        row.instant("held_since"),
                        row.instant("held_until"))));
    }

    private static Instant end(Instant now, Duration time) {
        try {
            return now.plus(time);
        } catch (DateTimeException | ArithmeticException beyondAllTime) {
            return Instant.MAX;
        }
    }
}
