package dev.vmsnap.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotSettings.Level;
import java.util.Optional;

/** Settings as JSON. */
final class SettingsDocuments {
    private SettingsDocuments() {}

    static JsonObject settings(Vm vm, Explanation settings, SettingsChoice choice) {
        JsonObject object = Documents.object("vm", Documents.vm(vm));
        SnapshotSettings values = settings.settings();
        JsonObject inForce = new JsonObject();
        inForce.add("allowUsers", decided(new JsonPrimitive(values.allowUsers()), settings.allowUsers()));
        inForce.add("allowRestore", decided(new JsonPrimitive(values.allowRestore()), settings.allowRestore()));
        inForce.add("allowRam", decided(new JsonPrimitive(values.allowRam()), settings.allowRam()));
        inForce.add("limit", decided(new JsonPrimitive(values.limit()), settings.limit()));
        inForce.add("quotaBytes", decided(quota(values.quotaBytes()), settings.quotaBytes()));
        object.add("settings", inForce);
        object.add("template", Documents.text(settings.template()));
        object.add("choice", choice(choice));
        return object;
    }

    private static JsonObject decided(JsonPrimitive value, Level level) {
        JsonObject object = Documents.object("value", value);
        object.addProperty("level", level.name());
        return object;
    }

    static JsonObject template(SettingsTemplate template) {
        JsonObject object = new JsonObject();
        object.addProperty("name", template.name());
        object.add("choice", choice(template.choice()));
        return object;
    }

    private static JsonObject choice(SettingsChoice choice) {
        JsonObject object = new JsonObject();
        object.add("allowUsers", said(choice.allowUsers().map(JsonPrimitive::new)));
        object.add("allowRestore", said(choice.allowRestore().map(JsonPrimitive::new)));
        object.add("allowRam", said(choice.allowRam().map(JsonPrimitive::new)));
        object.add("limit", said(choice.limit().map(JsonPrimitive::new)));
        object.add("quotaBytes", said(choice.quotaBytes().map(SettingsDocuments::quota)));
        return object;
    }

    private static JsonElement said(Optional<JsonPrimitive> value) {
        return value.<JsonElement>map(one -> one).orElse(JsonNull.INSTANCE);
    }

    /** "None" is a word, because null is what was not said, and the number that stands for it fits in no double. */
    private static JsonPrimitive quota(long bytes) {
        return bytes == SnapshotSettings.NO_QUOTA ? new JsonPrimitive(ByteCount.NONE) : new JsonPrimitive(bytes);
    }
}
