package dev.vmsnap.storage.file;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

/** The few things that are said and read in JSON here. */
final class Json {
    private static final Gson COMPACT =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
    private static final Gson INDENTED =
            new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

    private Json() {}

    /** One line in which everything outside ASCII is escaped. */
    static String ascii(JsonElement element) {
        return escape(COMPACT.toJson(element), unit -> unit > 0x7e);
    }

    /** Indented text that UTF-8 can carry without loss: only halves of a surrogate pair are escaped. */
    static String text(JsonElement element) {
        String json = INDENTED.toJson(element);
        return escape(json, unit -> unit >= Character.MIN_SURROGATE && unit <= Character.MAX_SURROGATE);
    }

    static Optional<String> string(JsonObject object, String key) {
        return present(object, key).map(JsonElement::getAsString);
    }

    static long number(JsonObject object, String key, long otherwise) {
        return present(object, key).map(JsonElement::getAsLong).orElse(otherwise);
    }

    static boolean flag(JsonObject object, String key) {
        return present(object, key).map(JsonElement::getAsBoolean).orElse(false);
    }

    static JsonObject object(JsonObject object, String key) {
        return present(object, key).map(JsonElement::getAsJsonObject).orElseGet(JsonObject::new);
    }

    static List<JsonObject> objects(JsonObject object, String key) {
        List<JsonObject> found = new ArrayList<>();
        present(object, key)
                .ifPresent(list -> list.getAsJsonArray().forEach(element -> found.add(element.getAsJsonObject())));
        return found;
    }

    static Optional<JsonElement> present(JsonObject object, String key) {
        return Optional.ofNullable(object.get(key)).filter(element -> !element.isJsonNull());
    }

    private static String escape(String json, IntPredicate unsafe) {
        StringBuilder escaped = new StringBuilder(json.length());
        json.chars().forEach(unit -> {
            if (unsafe.test(unit)) {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", unit));
            } else {
                escaped.append((char) unit);
            }
        });
        return escaped.toString();
    }
}
