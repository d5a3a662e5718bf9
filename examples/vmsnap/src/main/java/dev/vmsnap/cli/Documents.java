package dev.vmsnap.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.vmsnap.BusyException;
import dev.vmsnap.Finding;
import dev.vmsnap.Plan;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings.Explanation;
import dev.vmsnap.SnapshotSettings.Level;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmOverview;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** The library's values as JSON. Field names are stable; what is absent is null; times are ISO 8601 in UTC. */
final class Documents {
    private Documents() {}

    static JsonObject object(String name, JsonElement value) {
        JsonObject object = new JsonObject();
        object.add(name, value);
        return object;
    }

    static <T> JsonArray array(Collection<T> values, Function<T, JsonElement> form) {
        JsonArray array = new JsonArray();
        values.forEach(value -> array.add(form.apply(value)));
        return array;
    }

    static JsonArray strings(Stream<String> values) {
        JsonArray array = new JsonArray();
        values.forEach(array::add);
        return array;
    }

    static JsonObject vm(Vm vm) {
        JsonObject object = new JsonObject();
        object.addProperty("id", vm.id().value());
        object.addProperty("name", vm.name());
        return object;
    }

    static JsonObject overview(VmOverview vm) {
        JsonObject object = vm(new Vm(vm.vm(), vm.name()));
        place(vm).entrySet().forEach(e -> object.add(e.getKey(), e.getValue()));
        object.addProperty("snapshots", vm.snapshots());
        object.addProperty("hasSnapshots", vm.hasSnapshots());
        object.add("current", text(vm.current().map(SnapshotId::value)));
        return object;
    }

    /** Where a VM is and what it does. */
    static JsonObject place(VmOverview vm) {
        JsonObject object = object("node", text(vm.node()));
        object.add("power", text(vm.power().map(Enum::name)));
        return object;
    }

    static JsonObject usage(Snapshot.Usage usage) {
        JsonObject object = new JsonObject();
        object.addProperty("snapshot", usage.snapshot().value());
        object.addProperty("disk", usage.disk());
        object.addProperty("usedBytes", usage.usedBytes());
        boolean limited = usage.roomBytes().isPresent();
        object.addProperty("roomBytes", limited ? usage.roomBytes().getAsLong() : null);
        object.addProperty("fill", limited ? usage.fill() : null);
        return object;
    }

    static JsonObject tree(Vm vm, SnapshotTree tree) {
        JsonObject object = object("vm", vm(vm));
        object.add("current", text(tree.current().map(SnapshotId::value)));
        object.add("roots", ids(tree.roots()));
        object.add("snapshots", array(tree.snapshots(), s -> snapshot(vm, tree, s)));
        return object;
    }

    /** A snapshot with its place in the tree. */
    static JsonObject snapshot(Vm vm, SnapshotTree tree, Snapshot snapshot) {
        JsonObject object = snapshot(vm, snapshot);
        object.add("children", ids(tree.childrenOf(snapshot.id())));
        object.addProperty(
                "current", tree.current().filter(snapshot.id()::equals).isPresent());
        return object;
    }

    static JsonObject snapshot(Vm vm, Snapshot snapshot) {
        JsonObject object = new JsonObject();
        object.addProperty("id", snapshot.id().value());
        object.add("vm", vm(vm));
        object.addProperty("name", snapshot.name());
        object.addProperty("comment", snapshot.comment());
        object.add("parent", text(snapshot.parent().map(SnapshotId::value)));
        object.addProperty("createdAt", snapshot.createdAt().toString());
        JsonObject by = new JsonObject();
        by.addProperty("role", snapshot.createdBy().role().name());
        by.addProperty("name", snapshot.createdBy().name());
        object.add("createdBy", by);
        object.addProperty("status", snapshot.status().name());
        object.add("reason", text(snapshot.reason().map(Enum::name)));
        object.addProperty("ram", snapshot.ram());
        object.addProperty("power", snapshot.power().name());
        object.addProperty("node", snapshot.node());
        object.add("volumes", array(snapshot.volumes(), Documents::volume));
        object.add(
                "receipt",
                snapshot.receipt().<JsonElement>map(Documents::receipt).orElse(JsonNull.INSTANCE));
        return object;
    }

    private static JsonObject volume(Volume volume) {
        JsonObject object = new JsonObject();
        object.addProperty("target", volume.target());
        object.addProperty("source", volume.source());
        object.addProperty("format", volume.format());
        object.addProperty("kind", volume.kind().name());
        object.addProperty("storage", volume.storage());
        object.add(
                "virtualBytes",
                volume.virtualBytes().isPresent()
                        ? new JsonPrimitive(volume.virtualBytes().getAsLong())
                        : JsonNull.INSTANCE);
        return object;
    }

    private static JsonObject receipt(Snapshot.Receipt receipt) {
        JsonObject object = new JsonObject();
        object.addProperty("consistency", receipt.consistency().name());
        object.addProperty("pauseMillis", milliseconds(receipt.pause()));
        object.addProperty("freezeMillis", milliseconds(receipt.freeze()));
        object.addProperty("ramBytes", receipt.ramBytes());
        object.add("notes", strings(receipt.notes().stream()));
        return object;
    }

    static JsonObject verdict(Vm vm, Verdict verdict) {
        JsonObject object = object("vm", vm(vm));
        object.addProperty("allowed", verdict.allowed());
        object.add("refusals", array(verdict.refusals(), Documents::refusal));
        object.add("notices", array(verdict.notices(), Documents::notice));
        return object;
    }

    static JsonObject refusal(Refusal refusal) {
        JsonObject object = new JsonObject();
        object.addProperty("code", refusal.code().name());
        object.addProperty("message", refusal.message());
        object.addProperty("remedy", refusal.remedy());
        JsonObject data = new JsonObject();
        new TreeMap<>(refusal.data()).forEach(data::addProperty);
        object.add("data", data);
        return object;
    }

    static JsonObject notice(Verdict.Notice notice) {
        JsonObject object = new JsonObject();
        object.addProperty("code", notice.code().name());
        object.addProperty("message", notice.message());
        return object;
    }

    static JsonObject plan(Plan plan) {
        JsonObject object = new JsonObject();
        object.add("steps", array(plan.steps(), step -> {
            JsonObject form = new JsonObject();
            form.addProperty("label", step.label());
            form.addProperty("weight", step.weight());
            form.add("undo", text(step.undo()));
            return form;
        }));
        JsonObject bytes = new JsonObject();
        new TreeMap<>(plan.bytesNeeded()).forEach(bytes::addProperty);
        object.add("bytesNeeded", bytes);
        object.addProperty("pause", plan.pause().name());
        object.add(
                "pointOfNoReturn",
                plan.pointOfNoReturn().isPresent()
                        ? new JsonPrimitive(plan.pointOfNoReturn().getAsInt())
                        : JsonNull.INSTANCE);
        return object;
    }

    static JsonObject settings(Vm vm, Explanation settings, SettingsChoice choice) {
        JsonObject object = object("vm", vm(vm));
        JsonObject inForce = new JsonObject();
        inForce.add("allowUsers", decided(new JsonPrimitive(settings.settings().allowUsers()), settings.allowUsers()));
        inForce.add("limit", decided(new JsonPrimitive(settings.settings().limit()), settings.limit()));
        inForce.add("allowRam", decided(new JsonPrimitive(settings.settings().allowRam()), settings.allowRam()));
        object.add("settings", inForce);
        object.add("template", text(settings.template()));
        object.add("choice", choice(choice));
        return object;
    }

    private static JsonObject decided(JsonPrimitive value, Level level) {
        JsonObject object = object("value", value);
        object.addProperty("level", level.name());
        return object;
    }

    static JsonObject template(SettingsTemplate template) {
        JsonObject object = new JsonObject();
        object.addProperty("name", template.name());
        object.add("choice", choice(template.choice()));
        return object;
    }

    private static JsonObject choice(SettingsChoice choice) {
        JsonObject object = new JsonObject();
        object.add(
                "allowUsers",
                choice.allowUsers().<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
        object.add("limit", choice.limit().<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
        object.add(
                "allowRam",
                choice.allowRam().<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE));
        return object;
    }

    static JsonObject recovered(RecoveryReport.Recovered recovered) {
        JsonObject object = new JsonObject();
        object.addProperty("operation", recovered.operation());
        object.addProperty("vm", recovered.vm().value());
        object.addProperty("verb", recovered.verb().name());
        object.addProperty("outcome", recovered.outcome().name());
        object.addProperty("detail", recovered.detail());
        return object;
    }

    static JsonObject finding(Vm vm, Finding finding) {
        JsonObject object = new JsonObject();
        object.addProperty("kind", finding.kind().name());
        object.add("vm", vm(vm));
        object.addProperty("subject", finding.subject());
        object.addProperty("message", finding.message());
        object.addProperty("remedy", finding.remedy());
        return object;
    }

    static JsonObject version(Output.NodeVersion version) {
        JsonObject object = new JsonObject();
        object.addProperty("node", version.node());
        object.addProperty("reachable", version.reachable());
        object.addProperty("version", version.reachable() ? version.text() : null);
        object.addProperty("message", version.reachable() ? null : version.text());
        return object;
    }

    static JsonObject failure(Failure failure) {
        JsonObject object = new JsonObject();
        object.addProperty("kind", failure.kind());
        object.addProperty("exitCode", failure.exitCode());
        object.addProperty("message", failure.message());
        object.addProperty("recovery", failure.recovery());
        object.add("refusals", array(failure.refusals(), Documents::refusal));
        object.add("leftovers", array(failure.leftovers(), leftover -> {
            JsonObject form = new JsonObject();
            form.addProperty("step", leftover.step());
            form.addProperty("message", leftover.message());
            return form;
        }));
        object.add("reason", text(failure.reason().map(Enum::name)));
        object.add("busy", failure.busy().<JsonElement>map(Documents::busy).orElse(JsonNull.INSTANCE));
        return object;
    }

    private static JsonObject busy(BusyException busy) {
        JsonObject object = new JsonObject();
        object.addProperty("verb", busy.verb().name());
        object.addProperty("operation", busy.operation());
        object.addProperty("since", busy.since().toString());
        return object;
    }

    private static JsonArray ids(Collection<Snapshot> snapshots) {
        return strings(snapshots.stream().map(s -> s.id().value()));
    }

    private static JsonElement text(Optional<String> text) {
        return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }

    private static double milliseconds(Duration time) {
        return time.toNanos() / 1e6;
    }
}
