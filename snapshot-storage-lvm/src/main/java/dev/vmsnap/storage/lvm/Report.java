package dev.vmsnap.storage.lvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.manifest.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one {@code lvs} has said.
 *
 * @param groups the volume groups that hold anything, by name
 * @param volumes all their logical volumes, hidden ones too
 * @param complaint what it could not tell, in its own words; empty when nothing
 */
record Report(Map<String, VolumeGroup> groups, Map<LvPath, Lv> volumes, String complaint) {
    /** What {@link #parse} needs, as {@code lvs -o} takes it. */
    static final String FIELDS = String.join(
            ",",
            "vg_name",
            "vg_attr",
            "vg_lock_type",
            "vg_extent_size",
            "vg_free",
            "lv_name",
            "lv_attr",
            "lv_size",
            "origin",
            "origin_size",
            "pool_lv",
            "data_percent",
            "metadata_percent",
            "lv_metadata_size",
            "thin_count",
            "lv_tags");

    Report {
        groups = Map.copyOf(groups);
        volumes = Map.copyOf(volumes);
    }

    Optional<Lv> find(LvPath path) {
        return Optional.ofNullable(volumes.get(path));
    }

    Optional<VolumeGroup> group(String name) {
        return Optional.ofNullable(groups.get(name));
    }

    List<Lv> in(String group) {
        return volumes.values().stream()
                .filter(lv -> lv.path().group().equals(group))
                .toList();
    }

    /**
     * Reads the output of {@code lvs --reportformat json --units b --nosuffix}.
     *
     * @param output its standard output
     * @param complaint as in {@link #complaint()}
     * @return the report
     * @throws DriverException {@code BROKEN} if it is none
     */
    static Report parse(String output, String complaint) {
        Map<String, VolumeGroup> groups = new LinkedHashMap<>();
        Map<LvPath, Lv> volumes = new LinkedHashMap<>();
        try {
            for (JsonObject row : rows(JsonParser.parseString(output).getAsJsonObject())) {
                VolumeGroup group = group(row);
                groups.put(group.name(), group);
                Lv lv = volume(row);
                volumes.put(lv.path(), lv);
            }
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException | ClassCastException strange) {
            throw new DriverException(LvmStorage.ID, Reason.BROKEN, "lvs has printed what is no report", strange);
        }
        return new Report(groups, volumes, complaint);
    }

    private static List<JsonObject> rows(JsonObject json) {
        List<JsonObject> rows = new ArrayList<>();
        Json.objects(json, "report").forEach(report -> rows.addAll(Json.objects(report, "lv")));
        return rows;
    }

    private static VolumeGroup group(JsonObject row) {
        return new VolumeGroup(
                text(row, "vg_name"),
                text(row, "vg_attr"),
                text(row, "vg_lock_type"),
                Math.max(1, number(row, "vg_extent_size")),
                number(row, "vg_free"));
    }

    private static Lv volume(JsonObject row) {
        return new Lv(
                new LvPath(text(row, "vg_name"), plain(text(row, "lv_name"))),
                text(row, "lv_attr"),
                number(row, "lv_size"),
                plain(text(row, "origin")),
                number(row, "origin_size"),
                plain(text(row, "pool_lv")),
                percent(row, "data_percent"),
                percent(row, "metadata_percent"),
                number(row, "lv_metadata_size"),
                number(row, "thin_count"),
                List.of(text(row, "lv_tags").split(",", -1)));
    }

    /** Names of hidden volumes stand in brackets. */
    private static String plain(String name) {
        return name.startsWith("[") && name.endsWith("]") ? name.substring(1, name.length() - 1) : name;
    }

    private static String text(JsonObject row, String field) {
        return Json.present(row, field).map(JsonElement::getAsString).orElse("");
    }

    private static long number(JsonObject row, String field) {
        String text = text(row, field);
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static OptionalDouble percent(JsonObject row, String field) {
        String text = text(row, field);
        return text.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(text));
    }
}
