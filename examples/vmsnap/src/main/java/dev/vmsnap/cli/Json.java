package dev.vmsnap.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.Finding;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmOverview;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Says things to a program: one document in UTF-8 whose field names are stable. */
final class Json implements Output {
    private final PrintStream out;

    Json(PrintStream out) {
        this.out = out;
    }

    @Override
    public void vms(List<VmOverview> vms) {
        write(Documents.object("vms", Documents.array(vms, Documents::overview)));
    }

    @Override
    public void list(Map<Vm, SnapshotTree> trees) {
        JsonArray all = new JsonArray();
        trees.forEach((vm, tree) -> tree.snapshots().forEach(s -> all.add(Documents.snapshot(vm, tree, s))));
        write(Documents.object("snapshots", all));
    }

    @Override
    public void tree(Vm vm, SnapshotTree tree) {
        write(Documents.tree(vm, tree));
    }

    @Override
    public void show(Vm vm, SnapshotTree tree, Snapshot snapshot, Usages usages) {
        JsonObject document = Documents.object("snapshot", Documents.snapshot(vm, tree, snapshot));
        document.add("usage", Documents.array(usages.of(snapshot.id()), Documents::usage));
        write(document);
    }

    @Override
    public void status(VmOverview vm, SnapshotTree tree, Usages usages) {
        JsonObject document = Documents.tree(VmLookup.vm(vm), tree);
        Documents.place(vm).entrySet().forEach(e -> document.add(e.getKey(), e.getValue()));
        document.add("usage", Documents.array(usages.all(), Documents::usage));
        write(document);
    }

    @Override
    public void usage(Vm vm, SnapshotTree tree, Usages usages) {
        JsonObject document = Documents.object("vm", Documents.vm(vm));
        document.add("usage", Documents.array(usages.all(), Documents::usage));
        write(document);
    }

    @Override
    public void done(Deed deed, Vm vm, Snapshot snapshot, List<Verdict.Notice> notices) {
        JsonObject document = new JsonObject();
        document.addProperty("done", deed.name().toLowerCase(Locale.ROOT));
        document.add("snapshot", Documents.snapshot(vm, snapshot));
        document.add("notices", Documents.array(notices, Documents::notice));
        write(document);
    }

    @Override
    public void deleted(Vm vm, List<Snapshot> gone, SnapshotTree left) {
        JsonObject document = new JsonObject();
        document.addProperty("done", "deleted");
        document.add(
                "deleted", Documents.strings(gone.stream().map(Snapshot::id).map(SnapshotId::value)));
        Documents.tree(vm, left).entrySet().forEach(e -> document.add(e.getKey(), e.getValue()));
        write(document);
    }

    @Override
    public void migrated(Vm vm, String node, SnapshotTree tree) {
        JsonObject document = new JsonObject();
        document.addProperty("done", "migrated");
        document.addProperty("node", node);
        Documents.tree(vm, tree).entrySet().forEach(e -> document.add(e.getKey(), e.getValue()));
        write(document);
    }

    @Override
    public void plan(Vm vm, Plan plan, List<Volume> back) {
        JsonObject document = Documents.verdict(vm, plan.verdict());
        document.add("plan", Documents.plan(plan));
        write(document);
    }

    @Override
    public void verdict(Vm vm, Verdict verdict) {
        write(Documents.verdict(vm, verdict));
    }

    @Override
    public void settings(Vm vm, Explanation settings, SettingsChoice choice, boolean explain) {
        write(Documents.settings(vm, settings, choice));
    }

    @Override
    public void template(SettingsTemplate template) {
        write(Documents.object("template", Documents.template(template)));
    }

    @Override
    public void templates(List<SettingsTemplate> templates) {
        write(Documents.object("templates", Documents.array(templates, Documents::template)));
    }

    @Override
    public void recovered(RecoveryReport report) {
        JsonObject document = new JsonObject();
        document.addProperty("clean", report.clean());
        document.add("recovered", Documents.array(report.recovered(), Documents::recovered));
        write(document);
    }

    @Override
    public void findings(Map<Vm, List<Finding>> findings) {
        JsonArray all = new JsonArray();
        findings.forEach((vm, found) -> found.forEach(f -> all.add(Documents.finding(vm, f))));
        JsonObject document = new JsonObject();
        document.add("examined", Documents.array(findings.keySet(), Documents::vm));
        document.add("findings", all);
        write(document);
    }

    @Override
    public void versions(Versions versions) {
        JsonObject document = new JsonObject();
        document.addProperty("vmsnap", versions.vmsnap());
        document.addProperty("java", versions.java());
        document.add("nodes", Documents.array(versions.nodes(), Documents::version));
        write(document);
    }

    @Override
    public void failure(Failure failure) {
        write(Documents.object("error", Documents.failure(failure)));
    }

    @Override
    public ProgressDisplay progress() {
        return new Silence();
    }

    private void write(JsonElement document) {
        String text = new GsonBuilder()
                .serializeNulls()
                .disableHtmlEscaping()
                .setPrettyPrinting()
                .create()
                .toJson(document);
        byte[] bytes = (harmless(text) + "\n").getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        out.flush();
    }

    /** Escapes what Gson leaves as it is but a terminal would obey or UTF-8 cannot carry; a reader gets the same text. */
    private static String harmless(String json) {
        StringBuilder safe = new StringBuilder(json.length());
        json.codePoints().forEach(point -> {
            int type = Character.getType(point);
            if (point > 0x7e
                    && (type == Character.CONTROL || type == Character.FORMAT || type == Character.SURROGATE)) {
                for (char unit : Character.toChars(point)) {
                    safe.append(String.format("\\u%04x", (int) unit));
                }
            } else {
                safe.appendCodePoint(point);
            }
        });
        return safe.toString();
    }

    private static final class Silence implements ProgressDisplay {
        @Override
        public void accept(dev.vmsnap.Operation.Progress progress) {}

        @Override
        public void close() {}
    }
}
