package dev.vmsnap.store.jdbc;

import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** The tables of what a snapshot has several of: volumes, notes of its receipt, tags, excluded disks. */
final class SnapshotDetails {
    private final Map<String, List<Volume>> volumes = new HashMap<>();
    private final Map<String, List<String>> notes = new HashMap<>();
    private final Map<String, Map<String, String>> tags = new HashMap<>();
    private final Map<String, Set<String>> excluded = new HashMap<>();

    private SnapshotDetails() {}

    /** Those of one snapshot. */
    record One(List<Volume> volumes, List<String> notes, Map<String, String> tags, Set<String> excluded) {}

    One of(String snapshot) {
        return new One(
                volumes.getOrDefault(snapshot, List.of()),
                notes.getOrDefault(snapshot, List.of()),
                tags.getOrDefault(snapshot, Map.of()),
                excluded.getOrDefault(snapshot, Set.of()));
    }

    /** Reads those of the snapshots {@code s} that a condition chooses. */
    static SnapshotDetails read(Transaction transaction, Damages damages, String which, Object... values)
            throws SQLException {
        SnapshotDetails all = new SnapshotDetails();
        String chosen = " d JOIN snapshot s ON s.id = d.snapshot" + which;
        String inOrder = chosen + " ORDER BY d.snapshot, d.position";
        Map<String, List<Chain.Layer>> layers = new HashMap<>();
        transaction.query(
                "layer",
                damages,
                "SELECT s.vm AS belongs_to, d.snapshot, d.volume, d.path, d.format, d.virtual_bytes, d.identity FROM layer"
                        + chosen + " ORDER BY d.snapshot, d.volume, d.position",
                row -> layers.computeIfAbsent(
                                row.text("snapshot") + " " + row.number("volume"), below -> new ArrayList<>())
                        .add(layer(row)),
                values);
        transaction.query(
                "volume",
                damages,
                "SELECT s.vm AS belongs_to, d.snapshot, d.position, d.target, d.source, d.format, d.kind, d.storage, d.virtual_bytes,"
                        + " d.location, d.chained FROM volume" + inOrder,
                row -> all.volumes
                        .computeIfAbsent(row.text("snapshot"), snapshot -> new ArrayList<>())
                        .add(volume(
                                row,
                                layers.getOrDefault(row.text("snapshot") + " " + row.number("position"), List.of()))),
                values);
        transaction.query(
                "receipt_note",
                damages,
                "SELECT s.vm AS belongs_to, d.snapshot, d.note FROM receipt_note" + inOrder,
                row -> all.notes
                        .computeIfAbsent(row.text("snapshot"), snapshot -> new ArrayList<>())
                        .add(row.text("note")),
                values);
        transaction.query(
                "snapshot_tag",
                damages,
                "SELECT s.vm AS belongs_to, d.snapshot, d.tag, d.value FROM snapshot_tag" + chosen,
                row -> Optional.ofNullable(all.tags
                        .computeIfAbsent(row.text("snapshot"), snapshot -> new HashMap<>())
                        .put(row.text("tag"), row.text("value"))),
                values);
        transaction.query(
                "excluded_disk",
                damages,
                "SELECT s.vm AS belongs_to, d.snapshot, d.target FROM excluded_disk" + chosen,
                row -> all.excluded
                        .computeIfAbsent(row.text("snapshot"), snapshot -> new HashSet<>())
                        .add(row.text("target")),
                values);
        return all;
    }

    /** Writes in what a snapshot differs from the one that is stored, if there is one. */
    static void save(Transaction transaction, Optional<Snapshot> before, Snapshot snapshot) throws SQLException {
        if (differs(before, snapshot, Snapshot::volumes)) {
            transaction.update("DELETE FROM volume WHERE snapshot = ?", snapshot.id());
            insertVolumes(transaction, snapshot);
        }
        if (differs(before, snapshot, SnapshotDetails::notes)) {
            transaction.update("DELETE FROM receipt_note WHERE snapshot = ?", snapshot.id());
            insertNotes(transaction, snapshot.id(), notes(snapshot));
        }
        if (differs(before, snapshot, s -> s.labels().tags())) {
            transaction.update("DELETE FROM snapshot_tag WHERE snapshot = ?", snapshot.id());
            for (Map.Entry<String, String> tag : snapshot.labels().tags().entrySet()) {
                transaction.update(
                        "INSERT INTO snapshot_tag (snapshot, tag, value) VALUES (?, ?, ?)",
                        snapshot.id(),
                        tag.getKey(),
                        tag.getValue());
            }
        }
        if (differs(before, snapshot, Snapshot::excluded)) {
            transaction.update("DELETE FROM excluded_disk WHERE snapshot = ?", snapshot.id());
            for (String target : snapshot.excluded()) {
                transaction.update("INSERT INTO excluded_disk (snapshot, target) VALUES (?, ?)", snapshot.id(), target);
            }
        }
    }

    private static boolean differs(Optional<Snapshot> before, Snapshot snapshot, Function<Snapshot, Object> part) {
        return !before.map(part).equals(Optional.of(part.apply(snapshot)));
    }

    private static List<String> notes(Snapshot snapshot) {
        return snapshot.receipt().map(Snapshot.Receipt::notes).orElse(List.of());
    }

    private static void insertVolumes(Transaction transaction, Snapshot snapshot) throws SQLException {
        for (int i = 0; i < snapshot.volumes().size(); i++) {
            Volume volume = snapshot.volumes().get(i);
            OptionalLong bytes = volume.virtualBytes();
            transaction.update(
                    "INSERT INTO volume (snapshot, position, target, source, format, kind, storage, virtual_bytes,"
                            + " location, chained) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    snapshot.id(),
                    i,
                    volume.target(),
                    volume.source(),
                    volume.format(),
                    volume.kind().name(),
                    volume.storage(),
                    bytes.isPresent() ? Optional.of(bytes.getAsLong()) : Optional.empty(),
                    volume.location(),
                    volume.chain().map(known -> true));
            insertLayers(
                    transaction,
                    snapshot.id(),
                    i,
                    volume.chain().map(Chain::layers).orElse(List.of()));
        }
    }

    private static void insertLayers(Transaction transaction, SnapshotId snapshot, int volume, List<Chain.Layer> layers)
            throws SQLException {
        for (int i = 0; i < layers.size(); i++) {
            Chain.Layer layer = layers.get(i);
            transaction.update(
                    "INSERT INTO layer (snapshot, volume, position, path, format, virtual_bytes, identity)"
                            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    snapshot,
                    volume,
                    i,
                    layer.path(),
                    layer.format(),
                    layer.virtualBytes(),
                    layer.identity());
        }
    }

    private static void insertNotes(Transaction transaction, SnapshotId snapshot, List<String> notes)
            throws SQLException {
        for (int i = 0; i < notes.size(); i++) {
            transaction.update(
                    "INSERT INTO receipt_note (snapshot, position, note) VALUES (?, ?, ?)", snapshot, i, notes.get(i));
        }
    }

    private static Volume volume(Row row, List<Chain.Layer> layers) throws SQLException {
        Optional<Long> bytes = row.optionalNumber("virtual_bytes");
        boolean chained = row.optionalFlag("chained").orElse(false);
        return new Volume(
                row.text("target"),
                row.text("source"),
                row.text("format"),
                row.word("kind", StorageKind.class),
                row.text("storage"),
                bytes.isPresent() ? OptionalLong.of(bytes.get()) : OptionalLong.empty(),
                row.optionalText("location"),
                chained ? Optional.of(new Chain(layers)) : Optional.empty());
    }

    private static Chain.Layer layer(Row row) throws SQLException {
        return new Chain.Layer(row.text("path"), row.text("format"), row.number("virtual_bytes"), row.text("identity"));
    }
}
