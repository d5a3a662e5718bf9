package dev.vmsnap.kvm;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Reads JSON of which any part may be missing. */
final class Json {
    private Json() {}

    static Optional<JsonObject> object(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonObject found ? Optional.of(found) : Optional.empty();
    }

    static Stream<JsonObject> objects(JsonObject parent, String name) {
        return parent.get(name) instanceof JsonArray array ? objects(array) : Stream.empty();
    }

    static Stream<JsonObject> objects(JsonElement array) {
        return array instanceof JsonArray list
                ? StreamSupport.stream(list.spliterator(), false)
                        .filter(JsonObject.class::isInstance)
                        .map(JsonObject.class::cast)
                : Stream.empty();
    }

    static Optional<String> text(JsonObject parent, String name) {
        return parent.get(name) != null && parent.get(name).isJsonPrimitive()
                ? Optional.of(parent.get(name).getAsString())
                : Optional.empty();
    }

    static String text(JsonObject parent, String name, String otherwise) {
        return text(parent, name).orElse(otherwise);
    }

    static long number(JsonObject parent, String name) {
        return parent.get(name) != null && parent.get(name).isJsonPrimitive()
                ? parent.get(name).getAsLong()
                : 0;
    }

    static boolean flag(JsonObject parent, String name) {
        return parent.get(name) != null
                && parent.get(name).isJsonPrimitive()
                && parent.get(name).getAsBoolean();
    }
}
