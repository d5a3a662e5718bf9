package dev.vmsnap.cli;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.Finding;
import dev.vmsnap.Operation;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.Restored;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.VmSnapshots.VmList;
import dev.vmsnap.Volume;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Says things to a program: one document in UTF-8 whose field names are stable. */
final class Json implements Output {
    private final PrintStream out;

    Json(PrintStream out) {
        this.out = out;
    }

    @Override
    public void vms(VmList list) {
        JsonObject document = Documents.object("vms", Documents.array(list.vms(), Documents::overview));
        document.add("silentNodes", Documents.array(list.silentNodes(), Documents::silent));
        write(document);
    }

    @Override
    public void list(List<Inventory> inventories, List<VmOverview> damaged) {
        JsonArray all = new JsonArray();
        for (Inventory inventory : inventories) {
            for (Snapshot snapshot : inventory.listed()) {
                JsonObject form = Documents.snapshot(inventory.vm(), inventory.tree(), snapshot);
                inventory.usages().ifPresent(u -> {
                    form.add("usage", usage(u.of(snapshot.id())));
                    form.add("usageUnknown", Documents.text(u.unknown()));
                });
                all.add(form);
            }
        }
        JsonObject document = Documents.object("snapshots", all);
        document.add("damaged", Documents.array(damaged, Documents::overview));
        write(document);
    }

    @Override
    public void csv(List<Inventory> inventories) {
        throw new UsageException("--format csv and --json exclude each other.");
    }

    @Override
    public void tree(Inventory inventory) {
        JsonObject document = Documents.tree(inventory.vm(), inventory.tree());
        inventory.usages().ifPresent(u -> {
            document.add("usage", usage(u.all()));
            document.add("usageUnknown", Documents.text(u.unknown()));
        });
        write(document);
    }

    @Override
    public void show(Inventory inventory, Snapshot snapshot) {
        JsonObject document =
                Documents.object("snapshot", Documents.snapshot(inventory.vm(), inventory.tree(), snapshot));
        document.add("usage", usage(inventory.known().of(snapshot.id())));
        document.add("usageUnknown", Documents.text(inventory.known().unknown()));
        write(document);
    }

    @Override
    public void status(VmOverview vm, Inventory inventory) {
        JsonObject document = Documents.tree(inventory.vm(), inventory.tree());
        Documents.place(vm).entrySet().forEach(e -> document.add(e.getKey(), e.getValue()));
        document.add("usage", usage(inventory.known().all()));
        document.add("usageUnknown", Documents.text(inventory.known().unknown()));
        document.add("total", Documents.total(inventory.known()));
        write(document);
    }

    @Override
    public void usage(Inventory inventory) {
        JsonObject document = Documents.object("vm", Documents.vm(inventory.vm()));
        document.add("usage", usage(inventory.known().all()));
        document.add("total", Documents.total(inventory.known()));
        write(document);
    }

    @Override
    public void notices(List<Verdict.Notice> notices) {}

    @Override
    public void done(Deed deed, Vm vm, Snapshot snapshot, List<Verdict.Notice> notices) {
        JsonObject document = new JsonObject();
        document.addProperty("done", deed.name().toLowerCase(Locale.ROOT));
        document.add("snapshot", Documents.snapshot(vm, snapshot));
        document.add("notices", Documents.array(notices, AnswerDocuments::notice));
        write(document);
    }

    @Override
    public void restored(Vm vm, Restored restored, List<Verdict.Notice> notices) {
        JsonObject document = new JsonObject();
        document.addProperty("done", "restored");
        document.add("snapshot", Documents.snapshot(vm, restored.snapshot()));
        document.add("certificate", AnswerDocuments.certificate(restored.certificate()));
        document.add("notices", Documents.array(notices, AnswerDocuments::notice));
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
    public void cloned(Vm vm, Optional<Snapshot> of, List<Volume> copies, List<Verdict.Notice> notices) {
        JsonObject document = new JsonObject();
        document.addProperty("done", "cloned");
        document.add("vm", Documents.vm(vm));
        document.add("snapshot", Documents.text(of.map(s -> s.id().value())));
        document.add("copies", Documents.array(copies, Documents::copy));
        document.add("notices", Documents.array(notices, AnswerDocuments::notice));
        write(document);
    }

    @Override
    public void expired(List<Due> due) {
        write(Documents.object("expired", Documents.array(due, Documents::due)));
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
        JsonObject document = AnswerDocuments.verdict(vm, plan.verdict());
        document.add("plan", AnswerDocuments.plan(plan));
        write(document);
    }

    @Override
    public void verdict(Vm vm, Verdict verdict) {
        write(AnswerDocuments.verdict(vm, verdict));
    }

    @Override
    public void settings(Vm vm, Explanation settings, SettingsChoice choice, boolean explain) {
        write(SettingsDocuments.settings(vm, settings, choice));
    }

    @Override
    public void template(SettingsTemplate template) {
        write(Documents.object("template", SettingsDocuments.template(template)));
    }

    @Override
    public void templates(List<SettingsTemplate> templates) {
        write(Documents.object("templates", Documents.array(templates, SettingsDocuments::template)));
    }

    @Override
    public void operations(List<Operation.Summary> operations, Map<VmId, Vm> vms) {
        write(Documents.object(
                "operations",
                Documents.array(operations, one -> Documents.operation(one, VmLookup.named(vms, one.vm())))));
    }

    @Override
    public void cancelled(String operation) {
        JsonObject document = new JsonObject();
        document.addProperty("done", "cancel-requested");
        document.addProperty("operation", operation);
        write(document);
    }

    @Override
    public void recovered(RecoveryReport report, Map<VmId, Vm> vms) {
        JsonObject document = new JsonObject();
        document.addProperty("clean", report.clean());
        document.add("recovered", Documents.array(report.recovered(), Documents::recovered));
        write(document);
    }

    @Override
    public void rebuilt(List<RebuildOutcome> outcomes, List<SilentNode> silent, boolean dryRun) {
        JsonObject document = new JsonObject();
        document.addProperty("dryRun", dryRun);
        document.add("rebuilt", Documents.array(outcomes, AnswerDocuments::rebuilt));
        document.add("silentNodes", Documents.strings(silent.stream().map(SilentNode::name)));
        write(document);
    }

    @Override
    public void checkups(List<Finding> nodes, List<Checkup> checkups) {
        JsonArray all = new JsonArray();
        nodes.forEach(finding -> all.add(Documents.finding(finding)));
        checkups.forEach(checkup -> checkup.findings().forEach(f -> all.add(Documents.finding(checkup.vm(), f))));
        JsonObject document = new JsonObject();
        document.add("examined", Documents.array(checkups, checkup -> Documents.vm(checkup.vm())));
        document.add("findings", all);
        document.add(
                "errors",
                Documents.array(
                        checkups.stream()
                                .filter(checkup -> checkup.failure().isPresent())
                                .toList(),
                        checkup -> {
                            JsonObject one = Documents.object("vm", Documents.vm(checkup.vm()));
                            one.add(
                                    "error",
                                    AnswerDocuments.failure(checkup.failure().orElseThrow()));
                            return one;
                        }));
        write(document);
    }

    @Override
    public void probed(List<Finding> findings) {
        write(Documents.object("findings", Documents.array(findings, Documents::finding)));
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
        write(Documents.object("error", AnswerDocuments.failure(failure)));
    }

    @Override
    public ProgressDisplay progress() {
        return new Silence();
    }

    private static JsonArray usage(List<Snapshot.Usage> usages) {
        return Documents.array(usages, Documents::usage);
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
    static String harmless(String json) {
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
