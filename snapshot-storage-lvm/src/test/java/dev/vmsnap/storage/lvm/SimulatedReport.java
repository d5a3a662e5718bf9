package dev.vmsnap.storage.lvm;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.vmsnap.storage.lvm.SimulatedVolume.Kind;
import java.util.List;
import java.util.Locale;

/** What {@code lvs} prints of {@link SimulatedLvm}. */
final class SimulatedReport {
    private SimulatedReport() {}

    static String of(SimulatedLvm lvm, List<String> words) {
        boolean volumes = words.get(0).equals("lvs");
        String fields = volumes ? Report.FIELDS : Report.GROUP_FIELDS;
        if (!words.contains(fields) || !words.containsAll(List.of("--nolocking", "json", "--nosuffix"))) {
            throw new IllegalArgumentException("not the report that is simulated: " + words);
        }
        String separator = words.contains(Report.CONFIG) ? "," : lvm.separator;
        JsonArray rows = new JsonArray();
        if (volumes) {
            lvm.volumes.values().forEach(volume -> rows.add(row(lvm, volume, separator)));
        } else {
            rows.add(group(lvm));
        }
        JsonObject report = new JsonObject();
        report.add(volumes ? "lv" : "vg", rows);
        return wrapped(report);
    }

    /** How LVM reports on a group that it does not find: a report, and an exit code. */
    static String nothing() {
        JsonObject report = new JsonObject();
        report.add("lv", new JsonArray());
        return wrapped(report);
    }

    private static String wrapped(JsonObject report) {
        JsonArray reports = new JsonArray();
        reports.add(report);
        JsonObject json = new JsonObject();
        json.add("report", reports);
        return json.toString();
    }

    private static JsonObject group(SimulatedLvm lvm) {
        JsonObject row = new JsonObject();
        row.addProperty("vg_name", SimulatedLvm.GROUP);
        row.addProperty("vg_uuid", lvm.groupUuid);
        row.addProperty("vg_attr", lvm.groupAttributes);
        row.addProperty("vg_lock_type", lvm.lockType);
        row.addProperty("vg_extent_size", Long.toString(SimulatedLvm.EXTENT));
        row.addProperty("vg_free", Long.toString(lvm.freeExtents() * SimulatedLvm.EXTENT));
        return row;
    }

    private static JsonObject row(SimulatedLvm lvm, SimulatedVolume volume, String separator) {
        boolean hidden = volume.kind == Kind.THICK_SNAPSHOT && volume.merging;
        JsonObject row = group(lvm);
        row.addProperty("lv_name", hidden ? "[" + volume.name + "]" : volume.name);
        row.addProperty("lv_attr", attributes(lvm, volume));
        row.addProperty("lv_size", Long.toString(volume.extents * SimulatedLvm.EXTENT));
        row.addProperty("origin", volume.origin == null ? "" : volume.origin.name);
        row.addProperty("origin_size", Long.toString(volume.originExtents * SimulatedLvm.EXTENT));
        row.addProperty("pool_lv", volume.pool == null ? "" : volume.pool.name);
        row.addProperty("data_percent", data(volume));
        row.addProperty("metadata_percent", volume.kind == Kind.POOL ? percent(volume.metadataPercent) : "");
        row.addProperty("lv_metadata_size", volume.kind == Kind.POOL ? "4194304" : "");
        row.addProperty("thin_count", volume.kind == Kind.POOL ? "1" : "");
        row.addProperty("lv_tags", String.join(separator, volume.tags));
        row.addProperty("segtype", volume.type.isEmpty() ? type(volume) : volume.type);
        row.addProperty("chunk_size", volume.kind == Kind.THICK_SNAPSHOT ? Long.toString(volume.chunkBytes) : "0");
        return row;
    }

    private static String type(SimulatedVolume volume) {
        return switch (volume.kind) {
            case LINEAR, THICK_SNAPSHOT -> "linear";
            case THIN -> "thin";
            case POOL -> "thin-pool";
        };
    }

    private static String data(SimulatedVolume volume) {
        if (!volume.active) {
            return "";
        }
        return switch (volume.kind) {
            case LINEAR -> volume.merging && !volume.delayed ? "50.00" : "";
            case THICK_SNAPSHOT -> volume.invalid ? "100.00" : percent(100.0 * volume.usedExtents / volume.extents);
            case POOL, THIN -> percent(volume.dataPercent);
        };
    }

    private static String percent(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String attributes(SimulatedLvm lvm, SimulatedVolume volume) {
        boolean origin = lvm.volumes.values().stream().anyMatch(other -> other.origin == volume);
        char type =
                switch (volume.kind) {
                    case LINEAR -> origin ? (volume.merging ? 'O' : 'o') : '-';
                    case THICK_SNAPSHOT -> volume.merging ? 'S' : 's';
                    case THIN -> origin ? 'o' : 'V';
                    case POOL -> 't';
                };
        boolean thin = volume.kind == Kind.THIN || volume.kind == Kind.POOL;
        return "" + type
                + (volume.readOnly ? 'r' : 'w')
                + "i-"
                + (!volume.active ? '-' : volume.invalid ? 'I' : volume.suspended ? 's' : 'a')
                + (volume.open || volume.kind == Kind.POOL ? 'o' : '-')
                + (thin ? 't' : origin || volume.kind == Kind.THICK_SNAPSHOT ? 's' : '-')
                + (thin ? 'z' : '-')
                + volume.health
                + (volume.skipsActivation ? 'k' : '-');
    }
}
