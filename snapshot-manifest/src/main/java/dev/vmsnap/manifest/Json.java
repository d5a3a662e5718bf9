package dev.vmsnap.manifest;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.IntPredicate;

/** The few things that storage drivers say and read in JSON. Thread-safe. */
public final class Json {
    private static final Gson COMPACT =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();
    private static final Gson INDENTED =
            new GsonBuilder().disableHtmlEscaping().setPrettyPrinting().create();

    private Json() {}

    /**
     * Writes JSON on one line in which everything outside ASCII is escaped.
     *
     * @param element what
     * @return the text
     */
    public static String ascii(JsonElement element) {
        return escape(COMPACT.toJson(element), unit -> unit > 0x7e);
    }

    /**
     * Writes JSON as indented text that UTF-8 can carry without loss: only halves of a surrogate pair are escaped.
     *
     * @param element what
     * @return the text
     */
    public static String text(JsonElement element) {
        String json = INDENTED.toJson(element);
        return escape(json, unit -> unit >= Character.MIN_SURROGATE && unit <= Character.MAX_SURROGATE);
    }

    /**
     * Reads a text.
     *
     * @param object where
     * @param key which
     * @return the text, or empty when it is absent or null
     */
    public static Optional<String> string(JsonObject object, String key) {
        return present(object, key).map(JsonElement::getAsString);
    }

    /**
     * Reads a whole number.
     *
     * @param object where
     * @param key which
     * @param otherwise what stands for one that is absent or null
     * @return the number
     */
    public static long number(JsonObject object, String key, long otherwise) {
        return present(object, key).map(JsonElement::getAsLong).orElse(otherwise);
    }

    /**
     * Reads a truth.
     *
     * @param object where
     * @param key which
     * @return true when it is there and true
     */
    public static boolean flag(JsonObject object, String key) {
        return present(object, key).map(JsonElement::getAsBoolean).orElse(false);
    }

    /**
     * Reads an object.
     *
     * @param object where
     * @param key which
     * @return the object, an empty one when it is absent or null
     */
    public static JsonObject object(JsonObject object, String key) {
        return present(object, key).map(JsonElement::getAsJsonObject).orElseGet(JsonObject::new);
    }

    /**
     * Reads a list of objects.
     *
     * @param object where
     * @param key which
     * @return the objects, none when it is absent or null
     */
    public static List<JsonObject> objects(JsonObject object, String key) {
        List<JsonObject> found = new ArrayList<>();
        present(object, key)
                .ifPresent(list -> list.getAsJsonArray().forEach(element -> found.add(element.getAsJsonObject())));
        return found;
    }

    /**
     * Looks for something that is there.
     *
     * @param object where
     * @param key which
     * @return what is there, or empty when it is absent or null
     */
    public static Optional<JsonElement> present(JsonObject object, String key) {
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
