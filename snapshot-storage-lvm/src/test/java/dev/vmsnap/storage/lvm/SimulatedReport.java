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
        if (!words.contains(Report.FIELDS) || !words.get(words.size() - 1).equals(SimulatedLvm.GROUP)) {
            throw new IllegalArgumentException("not the report that is simulated: " + words);
        }
        JsonArray rows = new JsonArray();
        lvm.volumes.values().forEach(volume -> rows.add(row(lvm, volume)));
        JsonObject lv = new JsonObject();
        lv.add("lv", rows);
        JsonArray reports = new JsonArray();
        reports.add(lv);
        JsonObject report = new JsonObject();
        report.add("report", reports);
        return report.toString();
    }

    private static JsonObject row(SimulatedLvm lvm, SimulatedVolume volume) {
        boolean hidden = volume.kind == Kind.THICK_SNAPSHOT && volume.merging;
        JsonObject row = new JsonObject();
        row.addProperty("vg_name", SimulatedLvm.GROUP);
        row.addProperty("vg_attr", lvm.groupAttributes);
        row.addProperty("vg_lock_type", lvm.lockType);
        row.addProperty("vg_extent_size", Long.toString(SimulatedLvm.EXTENT));
        row.addProperty("vg_free", Long.toString(lvm.freeExtents() * SimulatedLvm.EXTENT));
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
        row.addProperty("lv_tags", String.join(",", volume.tags));
        return row;
    }

    private static String data(SimulatedVolume volume) {
        if (!volume.active) {
            return "";
        }
        return switch (volume.kind) {
            case LINEAR -> "";
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
                + (!volume.active ? '-' : volume.invalid ? 'I' : 'a')
                + (volume.open || volume.kind == Kind.POOL ? 'o' : '-')
                + (thin ? 't' : origin || volume.kind == Kind.THICK_SNAPSHOT ? 's' : '-')
                + (thin ? 'z' : '-')
                + volume.health
                + (volume.skipsActivation ? 'k' : '-');
    }
}
