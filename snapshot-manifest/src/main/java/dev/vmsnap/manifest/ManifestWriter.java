package dev.vmsnap.manifest;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes a manifest: always the same fields in the same order, what is absent is left out. */
final class ManifestWriter {
    private ManifestWriter() {}

    static String write(RecordsCopy copy) {
        VmRecord record = copy.record();
        JsonObject json = new JsonObject();
        json.addProperty("format", Manifest.FORMAT);
        json.addProperty("version", Manifest.VERSION);
        json.addProperty("written", copy.written().toString());
        copy.store().ifPresent(store -> json.addProperty("store", store));
        json.addProperty("vm", record.vm().value());
        json.addProperty("revision", record.revision());
        json.addProperty("name", record.name());
        record.node().ifPresent(node -> json.addProperty("node", node));
        record.template().ifPresent(template -> json.addProperty("template", template));
        json.add("settings", settings(record.choice()));
        record.tree().current().ifPresent(current -> json.addProperty("current", current.value()));
        JsonArray snapshots = new JsonArray();
        for (Snapshot snapshot : record.tree().snapshots()) {
            snapshots.add(snapshot(snapshot, copy.configurations().get(snapshot.id())));
        }
        json.add("snapshots", snapshots);
        if (!record.leftovers().isEmpty()) {
            JsonArray leftovers = new JsonArray();
            record.leftovers().forEach(left -> leftovers.add(leftover(left)));
            json.add("leftovers", leftovers);
        }
        return Json.text(json) + "\n";
    }

    private static JsonObject settings(SettingsChoice choice) {
        JsonObject json = new JsonObject();
        choice.allowUsers().ifPresent(allowed -> json.addProperty("allowUsers", allowed));
        choice.limit().ifPresent(limit -> json.addProperty("limit", limit));
        choice.allowRam().ifPresent(allowed -> json.addProperty("allowRam", allowed));
        choice.allowRestore().ifPresent(allowed -> json.addProperty("allowRestore", allowed));
        choice.quotaBytes().ifPresent(bytes -> json.addProperty("quotaBytes", bytes));
        return json;
    }

    private static JsonObject snapshot(Snapshot snapshot, @Nullable VmConfiguration configuration) {
        JsonObject json = new JsonObject();
        json.addProperty("id", snapshot.id().value());
        snapshot.parent().ifPresent(parent -> json.addProperty("parent", parent.value()));
        json.addProperty("name", snapshot.name());
        json.addProperty("comment", snapshot.comment());
        if (!snapshot.labels().tags().isEmpty()) {
            json.add("tags", texts(snapshot.labels().tags()));
        }
        snapshot.labels().expiresAt().ifPresent(instant -> json.addProperty("expiresAt", instant.toString()));
        json.addProperty("createdAt", snapshot.createdAt().toString());
        JsonObject actor = new JsonObject();
        actor.addProperty("role", snapshot.createdBy().role().name());
        actor.addProperty("name", snapshot.createdBy().name());
        json.add("createdBy", actor);
        json.addProperty("status", snapshot.status().name());
        snapshot.reason().ifPresent(reason -> json.addProperty("reason", reason.name()));
        json.addProperty("ram", snapshot.ram());
        json.addProperty("power", snapshot.power().name());
        json.addProperty("node", snapshot.node());
        JsonArray volumes = new JsonArray();
        snapshot.volumes().forEach(volume -> volumes.add(volume(volume)));
        json.add("volumes", volumes);
        if (!snapshot.excluded().isEmpty()) {
            JsonArray excluded = new JsonArray();
            snapshot.excluded().stream().sorted().forEach(excluded::add);
            json.add("excluded", excluded);
        }
        snapshot.receipt().ifPresent(receipt -> json.add("receipt", receipt(receipt)));
        if (configuration != null) {
            JsonObject texts = new JsonObject();
            texts.addProperty("persistent", configuration.persistent());
            texts.addProperty("live", configuration.live());
            if (!configuration.machineState().isEmpty()) {
                texts.add("machineState", texts(configuration.machineState()));
            }
            json.add("configuration", texts);
        }
        return json;
    }

    private static JsonObject leftover(VmRecord.Leftover left) {
        JsonObject json = new JsonObject();
        json.addProperty("snapshot", left.snapshot().value());
        json.add("volume", volume(left.volume()));
        json.addProperty("why", left.why());
        return json;
    }

    private static JsonObject volume(Volume volume) {
        JsonObject json = new JsonObject();
        json.addProperty("target", volume.target());
        json.addProperty("source", volume.source());
        json.addProperty("format", volume.format());
        json.addProperty("kind", volume.kind().name());
        json.addProperty("storage", volume.storage());
        volume.virtualBytes().ifPresent(bytes -> json.addProperty("virtualBytes", bytes));
        volume.location().ifPresent(where -> json.addProperty("location", where));
        volume.chain().ifPresent(chain -> json.add("chain", chain(chain)));
        return json;
    }

    private static JsonArray chain(Chain chain) {
        JsonArray layers = new JsonArray();
        for (Chain.Layer layer : chain.layers()) {
            JsonObject json = new JsonObject();
            json.addProperty("path", layer.path());
            json.addProperty("format", layer.format());
            json.addProperty("virtualBytes", layer.virtualBytes());
            json.addProperty("identity", layer.identity());
            layers.add(json);
        }
        return layers;
    }

    private static JsonObject texts(Map<String, String> all) {
        JsonObject json = new JsonObject();
        new TreeMap<>(all).forEach(json::addProperty);
        return json;
    }

    private static JsonObject receipt(Snapshot.Receipt receipt) {
        JsonObject json = new JsonObject();
        json.addProperty("consistency", receipt.consistency().name());
        json.addProperty("pause", receipt.pause().toString());
        json.addProperty("freeze", receipt.freeze().toString());
        json.addProperty("ramBytes", receipt.ramBytes());
        json.addProperty("hypervisor", receipt.hypervisor());
        JsonArray notes = new JsonArray();
        receipt.notes().forEach(notes::add);
        json.add("notes", notes);
        return json;
    }
}
