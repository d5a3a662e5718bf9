/**
 * Snapshot trees, settings, leases and the journal in a relational database; for hosts that wire it.
 *
 * <p>It depends on the API, JDBC and the SQLite driver, and knows neither the engine nor any other driver. Start with
 * {@link dev.vmsnap.store.jdbc.JdbcStore}.
 */
@NullMarked
package dev.vmsnap.store.jdbc;

import org.jspecify.annotations.NullMarked;
