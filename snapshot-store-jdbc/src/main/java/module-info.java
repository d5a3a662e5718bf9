import org.jspecify.annotations.NullMarked;

/**
 * Keeps snapshot trees, settings, leases and the journal in a relational database; for hosts that wire it.
 *
 * <p>It depends on the API, JDBC and the SQLite driver. Start with {@link dev.vmsnap.store.jdbc.JdbcStore}.
 */
@NullMarked
module dev.vmsnap.store.jdbc {
    requires transitive dev.vmsnap;
    requires static transitive org.jspecify;
    requires java.sql;
    requires org.xerial.sqlitejdbc;

    exports dev.vmsnap.store.jdbc;
}
