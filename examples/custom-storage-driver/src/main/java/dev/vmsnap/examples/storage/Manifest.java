package dev.vmsnap.examples.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.vmsnap.Snapshot;
import dev.vmsnap.spi.RecordsCopy;
import java.util.Optional;

/** The copy of a VM's records that stands beside its volumes. */
final class Manifest {
    private Manifest() {}

    static byte[] of(RecordsCopy copy) {
        JsonArray snapshots = new JsonArray();
        for (Snapshot snapshot : copy.record().tree().snapshots()) {
            JsonObject entry = new JsonObject();
            entry.addProperty("id", snapshot.id().value());
            entry.addProperty("name", snapshot.name());
            entry.addProperty("comment", snapshot.comment());
            entry.addProperty("createdAt", snapshot.createdAt().toString());
            snapshot.parent().ifPresent(parent -> entry.addProperty("parent", parent.value()));
            Optional.ofNullable(copy.configurations().get(snapshot.id()))
                    .ifPresent(configuration -> entry.addProperty("configuration", configuration.persistent()));
            snapshots.add(entry);
        }
        JsonObject manifest = new JsonObject();
        manifest.addProperty("format", "vmsnap-copy-1");
        manifest.addProperty("vm", copy.record().vm().value());
        manifest.add("snapshots", snapshots);
        return new GsonBuilder().setPrettyPrinting().create().toJson(manifest).getBytes(UTF_8);
    }
}
