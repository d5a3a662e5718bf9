package dev.vmsnap.store.jdbc;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Verb;
import dev.vmsnap.VmId;
import dev.vmsnap.spi.JournalEntry;
import dev.vmsnap.spi.Lease;
import dev.vmsnap.spi.VmRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a second process does with a store in the tests. */
final class StoreProcess {
    static final VmId VM = VmId.of("vm-1");

    private StoreProcess() {}

    public static void main(String[] arguments) throws IOException, SQLException {
        Path file = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "commit" -> commitForEver(JdbcStore.sqlite(file), arguments[2]);
            case "increment" -> increment(file, Integer.parseInt(arguments[2]));
            case "hold" -> hold(file);
            case "try" -> tryToOpen(file);
            case "lock" -> lock(file);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Commits a record and a fact in turn, and says so after each: the number, once it is on disk. */
    @SuppressWarnings("InfiniteLoopStatement")
    private static void commitForEver(JdbcStore store, String operation) {
        Lease lease = store.acquire(VM, operation, Verb.CREATE, operation, Duration.ofHours(1), other -> true);
        JournalEntry entry = Samples.entry(VM, operation);
        store.open(entry, lease);
        VmRecord record = store.find(VM).orElse(VmRecord.of(VM));
        for (int i = 1; true; i++) {
            record = store.save(record.seen("guest " + i, operation), lease);
            store.note(operation, "number", Integer.toString(i), lease);
            System.out.println(i);
        }
    }

    private static void increment(Path file, int times) {
        System.out.println("ready");
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            for (int done = 0; done < times; ) {
                VmRecord read = store.find(VM).orElseThrow();
                int limit = read.choice().limit().orElseThrow();
                try {
                    store.save(read.withSettings(
                            Optional.empty(), SettingsChoice.open().limit(limit + 1)));
                    done++;
                } catch (DriverException e) {
                    if (e.reason() != Reason.CONFLICT) {
                        throw e;
                    }
                }
            }
        }
    }

    private static void hold(Path file) throws IOException {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            store.save(VmRecord.of(VM));
            System.out.println(store.all().size());
            List.of(System.in.read());
        }
    }

    /** Keeps the database from being written until a line comes in. */
    private static void lock(Path file) throws IOException, SQLException {
        try (Connection connection = new Sqlite(SqliteFile.prepare(file)).open();
                Statement statement = connection.createStatement()) {
            statement.execute("BEGIN IMMEDIATE");
            System.out.println("locked");
            List.of(System.in.read());
            statement.execute("COMMIT");
        }
        System.out.println("free");
    }

    private static void tryToOpen(Path file) {
        try (JdbcStore store = JdbcStore.sqlite(file)) {
            System.out.println("opened, " + store.all().size());
        } catch (DriverException e) {
            System.out.println(e.reason() + " " + e.getMessage().replace('\n', ' '));
        }
    }
}
