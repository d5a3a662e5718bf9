package dev.vmsnap.manifest;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.Actor;
import dev.vmsnap.PowerState;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads a manifest back. */
final class ManifestReader {
    private static final Pattern STORE = Pattern.compile("[a-z0-9-]{8,40}");

    private ManifestReader() {}

    static RecordsCopy read(String text) {
        return reading(text, ManifestReader::copy);
    }

    /** Reads no more than is asked for, so that a copy whose snapshots make no tree is compared too. */
    static Set<SnapshotId> lost(String there, RecordsCopy next) {
        return reading(there, json -> {
            if (!VmId.of(text(json, "vm")).equals(next.record().vm())
                    || Json.number(json, "revision", 0) > next.record().revision()) {
                throw new IllegalArgumentException("of another VM, or newer");
            }
            return without(next, ids(json));
        });
    }

    static Set<SnapshotId> unnamed(String there, RecordsCopy next) {
        return reading(there, json -> {
            if (!VmId.of(text(json, "vm")).equals(next.record().vm())) {
                throw new IllegalArgumentException("of another VM");
            }
            Set<SnapshotId> ids = ids(json);
            Json.objects(json, "leftovers").forEach(entry -> ids.add(SnapshotId.of(text(entry, "snapshot"))));
            return without(next, ids);
        });
    }

    private static Set<SnapshotId> ids(JsonObject json) {
        Set<SnapshotId> ids = new HashSet<>();
        Json.objects(json, "snapshots").forEach(entry -> ids.add(SnapshotId.of(text(entry, "id"))));
        return ids;
    }

    private static Set<SnapshotId> without(RecordsCopy named, Set<SnapshotId> ids) {
        named.record().tree().snapshots().forEach(snapshot -> ids.remove(snapshot.id()));
        named.record().leftovers().forEach(left -> ids.remove(left.snapshot()));
        return ids;
    }

    private static <T> T reading(String text, Function<JsonObject, T> reader) {
        try {
            return reader.apply(sound(JsonParser.parseString(text).getAsJsonObject()));
        } catch (JsonParseException
                | IllegalStateException
                | IllegalArgumentException
                | UnsupportedOperationException
                | ClassCastException
                | NullPointerException
                | DateTimeException damaged) {
            throw new IllegalArgumentException("a manifest cannot be read", damaged);
        }
    }

    private static JsonObject sound(JsonObject json) {
        long version = Json.number(json, "version", 0);
        if (!text(json, "format").equals(Manifest.FORMAT) || version < 1 || version > Manifest.VERSION) {
            throw new IllegalArgumentException("not a " + Manifest.FORMAT + " of a version up to " + Manifest.VERSION);
        }
        return json;
    }

    private static RecordsCopy copy(JsonObject json) {
        VmId vm = VmId.of(text(json, "vm"));
        Map<SnapshotId, VmConfiguration> configurations = new HashMap<>();
        List<JsonObject> entries = Json.objects(json, "snapshots");
        if (entries.size() > Manifest.MOST_SNAPSHOTS) {
            throw new IllegalArgumentException("more than " + Manifest.MOST_SNAPSHOTS + " snapshots");
        }
        List<Snapshot> snapshots = entries.stream()
                .map(entry -> snapshot(vm, entry, configurations))
                .toList();
        SnapshotTree tree =
                SnapshotTree.of(vm, snapshots, Json.string(json, "current").map(SnapshotId::of));
        VmRecord record = new VmRecord(
                vm,
                Json.number(json, "revision", 0),
                text(json, "name"),
                Json.string(json, "node"),
                Json.string(json, "template"),
                settings(Json.object(json, "settings")),
                tree,
                Json.objects(json, "leftovers").stream()
                        .map(ManifestReader::leftover)
                        .toList());
        return new RecordsCopy(
                Json.string(json, "store").map(ManifestReader::store),
                Instant.parse(text(json, "written")),
                record,
                configurations);
    }

    private static String store(String id) {
        if (!STORE.matcher(id).matches()) {
            throw new IllegalArgumentException("not the id of a store");
        }
        return id;
    }

    private static VmRecord.Leftover leftover(JsonObject json) {
        return new VmRecord.Leftover(
                SnapshotId.of(text(json, "snapshot")), volume(Json.object(json, "volume")), text(json, "why"));
    }

    private static SettingsChoice settings(JsonObject json) {
        return new SettingsChoice(
                Json.present(json, "allowUsers").map(JsonElement::getAsBoolean),
                Json.present(json, "limit").map(JsonElement::getAsInt),
                Json.present(json, "allowRam").map(JsonElement::getAsBoolean),
                Json.present(json, "allowRestore").map(JsonElement::getAsBoolean),
                Json.present(json, "quotaBytes").map(JsonElement::getAsLong));
    }

    private static Snapshot snapshot(VmId vm, JsonObject json, Map<SnapshotId, VmConfiguration> configurations) {
        SnapshotId id = SnapshotId.of(text(json, "id"));
        Json.present(json, "configuration")
                .map(JsonElement::getAsJsonObject)
                .ifPresent(texts -> configurations.put(
                        id,
                        new VmConfiguration(
                                text(texts, "persistent"), text(texts, "live"), texts(texts, "machineState"))));
        JsonObject actor = Json.object(json, "createdBy");
        return new Snapshot(
                id,
                vm,
                Json.string(json, "parent").map(SnapshotId::of),
                new Snapshot.Labels(
                        text(json, "name"),
                        text(json, "comment"),
                        texts(json, "tags"),
                        Json.string(json, "expiresAt").map(Instant::parse)),
                Instant.parse(text(json, "createdAt")),
                new Actor(Actor.Role.valueOf(text(actor, "role")), text(actor, "name")),
                Snapshot.Status.valueOf(text(json, "status")),
                Json.string(json, "reason").map(Snapshot.Reason::valueOf),
                Json.flag(json, "ram"),
                PowerState.valueOf(text(json, "power")),
                text(json, "node"),
                Json.objects(json, "volumes").stream()
                        .map(ManifestReader::volume)
                        .toList(),
                Json.present(json, "excluded").stream()
                        .flatMap(all -> all.getAsJsonArray().asList().stream())
                        .map(JsonElement::getAsString)
                        .collect(Collectors.toSet()),
                Json.present(json, "receipt").map(JsonElement::getAsJsonObject).map(ManifestReader::receipt));
    }

    private static Volume volume(JsonObject json) {
        Optional<Long> bytes = Json.present(json, "virtualBytes").map(JsonElement::getAsLong);
        return new Volume(
                text(json, "target"),
                text(json, "source"),
                text(json, "format"),
                StorageKind.valueOf(text(json, "kind")),
                text(json, "storage"),
                bytes.map(OptionalLong::of).orElseGet(OptionalLong::empty),
                Json.string(json, "location"),
                Json.present(json, "chain").map(chain -> chain(json)));
    }

    private static Chain chain(JsonObject volume) {
        return new Chain(Json.objects(volume, "chain").stream()
                .map(layer -> new Chain.Layer(
                        text(layer, "path"),
                        text(layer, "format"),
                        Json.number(layer, "virtualBytes", 0),
                        text(layer, "identity")))
                .toList());
    }

    private static Snapshot.Receipt receipt(JsonObject json) {
        return new Snapshot.Receipt(
                Snapshot.Consistency.valueOf(text(json, "consistency")),
                Duration.parse(text(json, "pause")),
                Duration.parse(text(json, "freeze")),
                Json.number(json, "ramBytes", 0),
                Json.string(json, "hypervisor").orElse(""),
                json.getAsJsonArray("notes").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList());
    }

    private static Map<String, String> texts(JsonObject json, String key) {
        Map<String, String> all = new HashMap<>();
        Json.object(json, key)
                .entrySet()
                .forEach(entry -> all.put(entry.getKey(), entry.getValue().getAsString()));
        return all;
    }

    private static String text(JsonObject json, String key) {
        return Json.string(json, key).orElseThrow(() -> new IllegalArgumentException("no " + key));
    }
}
