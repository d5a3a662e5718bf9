package dev.vmsnap.storage.lvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.manifest.Json;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The report of {@code lvs} on volume groups.
 *
 * @param groups the volume groups that the node shows, by name
 * @param volumes all their logical volumes, hidden ones too
 * @param unseen the groups that the node did not show, each with the reason; nothing is known of what they hold
 */
record Report(Map<String, VolumeGroup> groups, Map<LvPath, Lv> volumes, Map<String, DriverException> unseen) {
    /** The report on no group at all. */
    static final Report NONE = new Report(Map.of(), Map.of(), Map.of());

    private static final String SEPARATOR = ",";

    /**
     * The settings of {@code lvs} that change its words, as {@code --config} takes them: a node's own lvm.conf changes no
     * answer.
     */
    static final String CONFIG = String.join(
            " ",
            "report/list_item_separator=\"" + SEPARATOR + "\"",
            "report/compact_output=0",
            "report/mark_hidden_devices=1",
            "report/prefixes=0",
            "report/quoted=1",
            "report/columns_as_rows=0",
            "report/headings=1",
            "report/binary_values_as_numeric=0",
            "global/suffix=0",
            "global/units=\"b\"",
            "log/report_command_log=0",
            "log/command_names=0",
            "log/prefix=\"  \"");

    /** The fields of a group, as {@code vgs -o} takes them. */
    static final String GROUP_FIELDS =
            String.join(",", "vg_name", "vg_uuid", "vg_attr", "vg_lock_type", "vg_extent_size", "vg_free");

    /** The fields of a volume and its group, as {@code lvs -o} takes them. */
    static final String FIELDS = String.join(
            ",",
            GROUP_FIELDS,
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
            "lv_tags",
            "segtype",
            "chunk_size");

    Report {
        groups = Map.copyOf(groups);
        volumes = Map.copyOf(volumes);
        unseen = Map.copyOf(unseen);
    }

    /** The report on groups that the node does not show. */
    static Report without(Collection<String> groups, DriverException why) {
        Map<String, DriverException> unseen = new LinkedHashMap<>();
        groups.forEach(group -> unseen.put(group, why));
        return new Report(Map.of(), Map.of(), unseen);
    }

    /** The report on the groups of both. */
    Report and(Report other) {
        Map<String, VolumeGroup> allGroups = new LinkedHashMap<>(groups);
        allGroups.putAll(other.groups);
        Map<LvPath, Lv> allVolumes = new LinkedHashMap<>(volumes);
        allVolumes.putAll(other.volumes);
        Map<String, DriverException> allUnseen = new LinkedHashMap<>(unseen);
        allUnseen.putAll(other.unseen);
        return new Report(allGroups, allVolumes, allUnseen);
    }

    /** This report as if the node did not show a group. */
    Report hiding(String group, DriverException why) {
        Map<String, VolumeGroup> otherGroups = new LinkedHashMap<>(groups);
        otherGroups.remove(group);
        Map<LvPath, Lv> otherVolumes = new LinkedHashMap<>(volumes);
        otherVolumes.keySet().removeIf(path -> path.group().equals(group));
        return new Report(otherGroups, otherVolumes, unseen).and(without(List.of(group), why));
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
     * Reads the output of {@code lvs} or {@code vgs} in JSON.
     *
     * @param output its standard output
     * @return the report
     * @throws DriverException {@code BROKEN} if it is none
     */
    static Report parse(String output) {
        Map<String, VolumeGroup> groups = new LinkedHashMap<>();
        Map<LvPath, Lv> volumes = new LinkedHashMap<>();
        try {
            for (JsonObject report : reports(JsonParser.parseString(output).getAsJsonObject())) {
                List<JsonObject> rows = Json.objects(report, "lv");
                for (JsonObject row : rows) {
                    Lv lv = volume(row);
                    // One row for each segment; the first tells the type.
                    volumes.putIfAbsent(lv.path(), lv);
                }
                Stream.concat(rows.stream(), Json.objects(report, "vg").stream())
                        .map(Report::group)
                        .forEach(group -> groups.put(group.name(), group));
            }
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException | ClassCastException strange) {
            throw new DriverException(LvmStorage.ID, Reason.BROKEN, "LVM has printed no report", strange);
        }
        return new Report(groups, volumes, Map.of());
    }

    private static List<JsonObject> reports(JsonObject json) {
        List<JsonObject> reports = Json.objects(json, "report");
        if (reports.isEmpty() || !reports.stream().allMatch(report -> report.has("lv") || report.has("vg"))) {
            throw new IllegalArgumentException("a report has volumes or groups");
        }
        return reports;
    }

    private static VolumeGroup group(JsonObject row) {
        return new VolumeGroup(
                text(row, "vg_name"),
                text(row, "vg_uuid"),
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
                text(row, "segtype"),
                number(row, "chunk_size"),
                List.of(text(row, "lv_tags").split(SEPARATOR, -1)));
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
