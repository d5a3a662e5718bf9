package dev.vmsnap.store.jdbc;

import java.util.List;

/**
 * How the tables came to be what they are, in SQL that SQLite and PostgreSQL both take. One that was released is never
 * changed; what is new goes at the end. The meaning of the columns stands in {@code docs/store-format.md}.
 */
final class Migrations {
    private static final List<String> FIRST = List.of(
            """
            CREATE TABLE vm (
                id TEXT NOT NULL PRIMARY KEY,
                revision BIGINT NOT NULL,
                name TEXT NOT NULL,
                node TEXT,
                template TEXT,
                allow_users BOOLEAN,
                snapshot_limit INTEGER,
                allow_ram BOOLEAN,
                current_snapshot TEXT
            )""",
            """
            CREATE TABLE snapshot (
                id TEXT NOT NULL PRIMARY KEY,
                vm TEXT NOT NULL REFERENCES vm (id) ON DELETE CASCADE,
                parent TEXT,
                name TEXT NOT NULL,
                comment TEXT NOT NULL,
                created_at TEXT NOT NULL,
                created_by_role TEXT NOT NULL,
                created_by TEXT NOT NULL,
                status TEXT NOT NULL,
                reason TEXT,
                ram BOOLEAN NOT NULL,
                power TEXT NOT NULL,
                node TEXT NOT NULL,
                consistency TEXT,
                paused_for TEXT,
                frozen_for TEXT,
                ram_bytes BIGINT
            )""",
            "CREATE INDEX snapshot_of_vm ON snapshot (vm)",
            """
            CREATE TABLE volume (
                snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
                position INTEGER NOT NULL,
                target TEXT NOT NULL,
                source TEXT NOT NULL,
                format TEXT NOT NULL,
                kind TEXT NOT NULL,
                storage TEXT NOT NULL,
                virtual_bytes BIGINT,
                PRIMARY KEY (snapshot, position)
            )""",
            """
            CREATE TABLE receipt_note (
                snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
                position INTEGER NOT NULL,
                note TEXT NOT NULL,
                PRIMARY KEY (snapshot, position)
            )""",
            """
            CREATE TABLE configuration (
                snapshot TEXT NOT NULL PRIMARY KEY REFERENCES snapshot (id) ON DELETE CASCADE,
                persistent TEXT NOT NULL,
                live TEXT NOT NULL
            )""",
            """
            CREATE TABLE template (
                name TEXT NOT NULL PRIMARY KEY,
                allow_users BOOLEAN,
                snapshot_limit INTEGER,
                allow_ram BOOLEAN
            )""",
            """
            CREATE TABLE lease (
                vm TEXT NOT NULL PRIMARY KEY,
                epoch BIGINT NOT NULL,
                owner TEXT,
                verb TEXT,
                operation TEXT,
                held_since TEXT,
                held_until TEXT
            )""",
            """
            CREATE TABLE operation (
                id TEXT NOT NULL PRIMARY KEY,
                vm TEXT NOT NULL,
                verb TEXT NOT NULL,
                actor_role TEXT NOT NULL,
                actor TEXT NOT NULL,
                node TEXT NOT NULL,
                started_at TEXT NOT NULL,
                point_of_no_return INTEGER NOT NULL
            )""",
            "CREATE INDEX operation_of_vm ON operation (vm)",
            """
            CREATE TABLE operation_snapshot (
                operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
                position INTEGER NOT NULL,
                snapshot TEXT NOT NULL,
                PRIMARY KEY (operation, position)
            )""",
            """
            CREATE TABLE operation_step (
                operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
                position INTEGER NOT NULL,
                kind TEXT NOT NULL,
                subject TEXT NOT NULL,
                mark TEXT NOT NULL,
                PRIMARY KEY (operation, position)
            )""",
            """
            CREATE TABLE operation_fact (
                operation TEXT NOT NULL REFERENCES operation (id) ON DELETE CASCADE,
                fact TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (operation, fact)
            )""");

    private static final List<String> SECOND = List.of(
            // One row, filled when the id is first asked for.
            """
            CREATE TABLE identity (
                singleton INTEGER NOT NULL PRIMARY KEY CHECK (singleton = 1),
                id TEXT NOT NULL
            )""");

    private static final List<String> THIRD = List.of(
            "ALTER TABLE vm ADD COLUMN allow_restore BOOLEAN",
            "ALTER TABLE vm ADD COLUMN quota_bytes BIGINT",
            "ALTER TABLE template ADD COLUMN allow_restore BOOLEAN",
            "ALTER TABLE template ADD COLUMN quota_bytes BIGINT",
            "ALTER TABLE snapshot ADD COLUMN expires_at TEXT",
            "ALTER TABLE snapshot ADD COLUMN hypervisor TEXT",
            "ALTER TABLE volume ADD COLUMN location TEXT",
            """
            CREATE TABLE snapshot_tag (
                snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
                tag TEXT NOT NULL,
                value TEXT NOT NULL,
                PRIMARY KEY (snapshot, tag)
            )""",
            """
            CREATE TABLE excluded_disk (
                snapshot TEXT NOT NULL REFERENCES snapshot (id) ON DELETE CASCADE,
                target TEXT NOT NULL,
                PRIMARY KEY (snapshot, target)
            )""",
            """
            CREATE TABLE machine_state (
                snapshot TEXT NOT NULL REFERENCES configuration (snapshot) ON DELETE CASCADE,
                part TEXT NOT NULL,
                content TEXT NOT NULL,
                PRIMARY KEY (snapshot, part)
            )""");

    private static final List<String> FOURTH = List.of(
            // Whether the layers below the image are known; not set in rows that are older.
            "ALTER TABLE volume ADD COLUMN chained BOOLEAN", """
            CREATE TABLE layer (
                snapshot TEXT NOT NULL,
                volume INTEGER NOT NULL,
                position INTEGER NOT NULL,
                path TEXT NOT NULL,
                format TEXT NOT NULL,
                virtual_bytes BIGINT NOT NULL,
                identity TEXT NOT NULL,
                PRIMARY KEY (snapshot, volume, position),
                FOREIGN KEY (snapshot, volume) REFERENCES volume (snapshot, position) ON DELETE CASCADE
            )""", """
            CREATE TABLE leftover (
                vm TEXT NOT NULL REFERENCES vm (id) ON DELETE CASCADE,
                position INTEGER NOT NULL,
                snapshot TEXT NOT NULL,
                target TEXT NOT NULL,
                source TEXT NOT NULL,
                format TEXT NOT NULL,
                kind TEXT NOT NULL,
                storage TEXT NOT NULL,
                location TEXT,
                why TEXT NOT NULL,
                PRIMARY KEY (vm, position)
            )""");

    // Set if the operation that holds the lease is to be cancelled.
    private static final List<String> FIFTH = List.of("ALTER TABLE lease ADD COLUMN cancel_requested BOOLEAN");

    /** The n-th leads from version n to n + 1. */
    static final List<List<String>> ALL = List.of(FIRST, SECOND, THIRD, FOURTH, FIFTH);

    private Migrations() {}
}
