package dev.vmsnap.store.jdbc;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;

/** The columns of a settings choice, which VMs and templates have in common, and the table of templates. */
final class Choices {
    /** In the order in which {@link #read} and its callers name them. */
    static final String COLUMNS = "allow_users, snapshot_limit, allow_ram, allow_restore, quota_bytes";

    private Choices() {}

    static SettingsChoice read(Row row) throws SQLException {
        return new SettingsChoice(
                row.optionalFlag("allow_users"),
                row.optionalNumber("snapshot_limit").map(Math::toIntExact),
                row.optionalFlag("allow_ram"),
                row.optionalFlag("allow_restore"),
                row.optionalNumber("quota_bytes"));
    }

    /** Reads the templates that can be read; what cannot is added to the damages. */
    static List<SettingsTemplate> templates(Transaction transaction, Damages damages) throws SQLException {
        return transaction
                .query(
                        "template",
                        damages,
                        "SELECT name AS belongs_to, name, " + COLUMNS + " FROM template",
                        row -> new SettingsTemplate(row.text("name"), read(row)))
                .stream()
                .sorted(Comparator.comparing(SettingsTemplate::name))
                .toList();
    }

    /** Removes a template unless a VM is assigned to it; returns false if one is. */
    static boolean remove(Transaction transaction, String name) throws SQLException {
        if (!transaction
                .query("SELECT id FROM vm WHERE template = ? LIMIT 1", row -> row.text("id"), name)
                .isEmpty()) {
            return false;
        }
        transaction.update("DELETE FROM template WHERE name = ?", name);
        return true;
    }

    static void save(Transaction transaction, SettingsTemplate template) throws SQLException {
        transaction.update(
                "INSERT INTO template (name, " + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?)"
                        + " ON CONFLICT (name) DO UPDATE SET allow_users = excluded.allow_users,"
                        + " snapshot_limit = excluded.snapshot_limit, allow_ram = excluded.allow_ram,"
                        + " allow_restore = excluded.allow_restore, quota_bytes = excluded.quota_bytes",
                template.name(),
                template.choice().allowUsers(),
                template.choice().limit(),
                template.choice().allowRam(),
                template.choice().allowRestore(),
                template.choice().quotaBytes());
    }
}
