package dev.vmsnap.store.jdbc;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;

/** The columns of a settings choice, which VMs and templates have in common, and the table of templates. */
final class Choices {
    private Choices() {}

    static SettingsChoice read(Row row) throws SQLException {
        return new SettingsChoice(
                row.optionalFlag("allow_users"),
                row.optionalNumber("snapshot_limit").map(Math::toIntExact),
                row.optionalFlag("allow_ram"));
    }

    static List<SettingsTemplate> templates(Transaction transaction) throws SQLException {
        return transaction
                .query(
                        "SELECT name, allow_users, snapshot_limit, allow_ram FROM template",
                        row -> new SettingsTemplate(row.text("name"), read(row)))
                .stream()
                .sorted(Comparator.comparing(SettingsTemplate::name))
                .toList();
    }

    static void save(Transaction transaction, SettingsTemplate template) throws SQLException {
        transaction.update(
                "INSERT INTO template (name, allow_users, snapshot_limit, allow_ram) VALUES (?, ?, ?, ?)"
                        + " ON CONFLICT (name) DO UPDATE SET allow_users = excluded.allow_users,"
                        + " snapshot_limit = excluded.snapshot_limit, allow_ram = excluded.allow_ram",
                template.name(),
                template.choice().allowUsers(),
                template.choice().limit(),
                template.choice().allowRam());
    }
}
