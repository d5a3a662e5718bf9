package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * QEMU's nodes behind its devices, and which one stands on which. A backup, a copy, a limit or a fault injector puts nodes
 * of its own in front of an image; which drivers these are does not matter here.
 */
final class BlockGraph {
    /** One that knows no nodes: enough for devices that stand on their images themselves. */
    static final BlockGraph NONE = new BlockGraph(Map.of(), Map.of());

    private static final Set<String> HOLD_SNAPSHOTS = Set.of("qcow2");
    // The names that QEMU gives to the child that a driver passes reads on to; other drivers have one child only.
    private static final List<String> PASSED_ON = List.of("file", "backing");
    private static final String JSON = "json:";

    private final Map<String, JsonObject> nodes;
    // Every node of the graph is a key, also if nothing lies below it.
    private final Map<String, Map<String, String>> children;

    private BlockGraph(Map<String, JsonObject> nodes, Map<String, Map<String, String>> children) {
        this.nodes = nodes;
        this.children = children;
    }

    /** The end of a way down from a device. */
    sealed interface Below {
        /** An image that can hold snapshots. */
        record Image(JsonObject node) implements Below {}

        /** Nothing that can hold snapshots. */
        record Nothing() implements Below {}

        /** Nobody knows, because of this driver. */
        record Unclear(String driver) implements Below {}
    }

    /**
     * Reads it.
     *
     * @param namedNodes the answer to {@code query-named-block-nodes}
     * @param graph the answer to {@code x-debug-query-block-graph}; empty where QEMU does not answer that
     */
    static BlockGraph of(JsonElement namedNodes, Optional<JsonElement> graph) {
        Map<String, JsonObject> nodes = new LinkedHashMap<>();
        Json.objects(namedNodes).forEach(node -> nodes.put(Json.text(node, "node-name", ""), node));
        Map<Long, String> names = new HashMap<>();
        Map<String, Map<String, String>> children = new HashMap<>();
        graph.filter(JsonObject.class::isInstance).map(JsonObject.class::cast).ifPresent(found -> {
            Json.objects(found, "nodes")
                    .filter(node -> Json.text(node, "type", "").equals("block-driver"))
                    .forEach(node -> names.put(Json.number(node, "id"), Json.text(node, "name", "")));
            names.values().forEach(name -> children.put(name, new LinkedHashMap<>()));
            Json.objects(found, "edges").forEach(edge -> {
                String parent = names.get(Json.number(edge, "parent"));
                String child = names.get(Json.number(edge, "child"));
                if (parent != null && child != null) {
                    children.computeIfAbsent(parent, none -> new LinkedHashMap<>())
                            .put(Json.text(edge, "name", ""), child);
                }
            });
        });
        return new BlockGraph(nodes, children);
    }

    static boolean holdsSnapshots(JsonObject node) {
        return HOLD_SNAPSHOTS.contains(Json.text(node, "drv", ""));
    }

    /** Finds the image below a device's first node. */
    Below below(JsonObject inserted) {
        if (holdsSnapshots(inserted)) {
            return new Below.Image(inserted);
        }
        return children.isEmpty() ? sameFile(inserted) : walk(inserted);
    }

    private Below walk(JsonObject inserted) {
        JsonObject node = inserted;
        Set<String> passed = new HashSet<>();
        while (passed.add(Json.text(node, "node-name", ""))) {
            if (holdsSnapshots(node)) {
                return new Below.Image(node);
            }
            Map<String, String> below = children.get(Json.text(node, "node-name", ""));
            if (below == null) {
                // A job that ended between two queries took its node away: what lies below is not known.
                break;
            }
            if (below.isEmpty()) {
                return new Below.Nothing();
            }
            JsonObject next = passedOn(below).map(nodes::get).orElse(null);
            if (next == null) {
                break;
            }
            node = next;
        }
        return new Below.Unclear(Json.text(node, "drv", "unknown"));
    }

    private static Optional<String> passedOn(Map<String, String> below) {
        return PASSED_ON.stream()
                .filter(below::containsKey)
                .findFirst()
                .map(below::get)
                .or(() -> below.size() == 1 ? below.values().stream().findFirst() : Optional.empty());
    }

    /** The image whose file lies at the bottom of the device as well, if it is one only. */
    private Below sameFile(JsonObject inserted) {
        String file = fileBelow(Json.text(inserted, "file", ""));
        List<JsonObject> alike = new ArrayList<>();
        for (JsonObject node : nodes.values()) {
            if (holdsSnapshots(node) && fileBelow(Json.text(node, "file", "")).equals(file)) {
                alike.add(node);
            }
        }
        if (nodes.isEmpty()
                || (alike.isEmpty() && Json.text(inserted, "drv", "").equals("raw"))) {
            return new Below.Nothing();
        }
        return alike.size() == 1
                ? new Below.Image(alike.get(0))
                : new Below.Unclear(Json.text(inserted, "drv", "unknown"));
    }

    /** The file at the bottom of a node, which QEMU names by its path or by a description of all layers over it. */
    static String fileBelow(String name) {
        if (!name.startsWith(JSON)) {
            return name;
        }
        try {
            JsonObject layer =
                    JsonParser.parseString(name.substring(JSON.length())).getAsJsonObject();
            while (Json.object(layer, "file").isPresent()) {
                layer = Json.object(layer, "file").get();
            }
            return Json.text(layer, "filename", name);
        } catch (JsonParseException | IllegalStateException e) {
            return name;
        }
    }
}
