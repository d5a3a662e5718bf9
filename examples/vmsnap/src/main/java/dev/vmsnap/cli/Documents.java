package dev.vmsnap.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.vmsnap.Actor;
import dev.vmsnap.Finding;
import dev.vmsnap.Operation;
import dev.vmsnap.RecoveryReport;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmOverview;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.Volume;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
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
        object.add("damage", text(vm.damage()));
        return object;
    }

    static JsonObject silent(SilentNode node) {
        JsonObject object = new JsonObject();
        object.addProperty("node", node.name());
        object.addProperty("reason", node.reason().name());
        object.addProperty("why", node.why());
        return object;
    }

    /** Where a VM is and what it does. */
    static JsonObject place(VmOverview vm) {
        JsonObject object = object("node", text(vm.node()));
        object.add("lastNode", text(vm.lastNode()));
        object.add("power", text(vm.power().map(Enum::name)));
        return object;
    }

    static JsonObject usage(Snapshot.Usage usage) {
        JsonObject object = new JsonObject();
        object.addProperty("snapshot", usage.snapshot().value());
        object.addProperty("disk", usage.disk());
        object.addProperty("usedBytes", usage.usedBytes());
        object.addProperty("freedBytes", usage.freedBytes());
        boolean limited = usage.roomBytes().isPresent();
        object.addProperty("roomBytes", limited ? usage.roomBytes().getAsLong() : null);
        object.addProperty("fill", limited ? usage.fill() : null);
        return object;
    }

    /** What all snapshots of a VM take. */
    static JsonObject total(Usages usages) {
        JsonObject object = new JsonObject();
        object.addProperty("usedBytes", usages.usedBytes());
        object.addProperty("freedBytes", usages.freedBytes());
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
        JsonObject tags = new JsonObject();
        new TreeMap<>(snapshot.labels().tags()).forEach(tags::addProperty);
        object.add("tags", tags);
        object.add("expiresAt", text(snapshot.labels().expiresAt().map(Instant::toString)));
        object.add("parent", text(snapshot.parent().map(SnapshotId::value)));
        object.addProperty("createdAt", snapshot.createdAt().toString());
        object.add("createdBy", actor(snapshot.createdBy()));
        object.addProperty("status", snapshot.status().name());
        object.add("reason", text(snapshot.reason().map(Enum::name)));
        object.addProperty("ram", snapshot.ram());
        object.addProperty("power", snapshot.power().name());
        object.addProperty("node", snapshot.node());
        object.add("volumes", array(snapshot.volumes(), Documents::volume));
        object.add("excluded", strings(snapshot.excluded().stream().sorted()));
        object.add(
                "receipt",
                snapshot.receipt().<JsonElement>map(Documents::receipt).orElse(JsonNull.INSTANCE));
        return object;
    }

    static JsonObject actor(Actor actor) {
        JsonObject object = new JsonObject();
        object.addProperty("role", actor.role().name());
        object.addProperty("name", actor.name());
        return object;
    }

    private static JsonObject volume(Volume volume) {
        JsonObject object = copy(volume);
        object.add("location", text(volume.location()));
        object.add(
                "virtualBytes",
                volume.virtualBytes().isPresent()
                        ? new JsonPrimitive(volume.virtualBytes().getAsLong())
                        : JsonNull.INSTANCE);
        return object;
    }

    /** A volume as far as it is known of a copy. */
    static JsonObject copy(Volume volume) {
        JsonObject object = new JsonObject();
        object.addProperty("target", volume.target());
        object.addProperty("source", volume.source());
        object.addProperty("format", volume.format());
        object.addProperty("kind", volume.kind().name());
        object.addProperty("storage", volume.storage());
        return object;
    }

    private static JsonObject receipt(Snapshot.Receipt receipt) {
        JsonObject object = new JsonObject();
        object.addProperty("consistency", receipt.consistency().name());
        object.addProperty("pauseMillis", milliseconds(receipt.pause()));
        object.addProperty("freezeMillis", milliseconds(receipt.freeze()));
        object.addProperty("ramBytes", receipt.ramBytes());
        object.addProperty("hypervisor", receipt.hypervisor());
        object.add("notes", strings(receipt.notes().stream()));
        return object;
    }

    static JsonObject due(Due due) {
        JsonObject object = object("vm", vm(due.vm()));
        object.add("deleted", ids(due.deleted()));
        object.add("left", ids(due.left()));
        object.add(
                "error",
                due.failure().<JsonElement>map(AnswerDocuments::failure).orElse(JsonNull.INSTANCE));
        return object;
    }

    static JsonObject operation(Operation.Summary one, Vm vm) {
        JsonObject object = object("vm", vm(vm));
        object.addProperty("operation", one.id());
        object.addProperty("verb", one.verb().name());
        object.add("actor", one.actor().<JsonElement>map(Documents::actor).orElse(JsonNull.INSTANCE));
        object.addProperty("since", one.since().toString());
        object.addProperty("code", one.progress().code());
        object.addProperty("subject", one.progress().subject());
        object.addProperty("step", one.progress().step());
        object.addProperty("fraction", one.progress().fraction());
        object.addProperty("alive", one.alive());
        object.addProperty("cancelRequested", one.cancelRequested());
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
        JsonObject object = finding(finding);
        object.add("vm", vm(vm));
        return object;
    }

    static JsonObject finding(Finding finding) {
        JsonObject object = new JsonObject();
        object.addProperty("kind", finding.kind().name());
        object.addProperty("subject", finding.subject());
        object.addProperty("message", finding.message());
        object.addProperty("remedy", Remedies.of(finding));
        object.add("data", data(finding.data()));
        return object;
    }

    static JsonObject data(Map<String, String> facts) {
        JsonObject object = new JsonObject();
        new TreeMap<>(facts).forEach(object::addProperty);
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

    static JsonArray ids(Collection<Snapshot> snapshots) {
        return strings(snapshots.stream().map(s -> s.id().value()));
    }

    static JsonElement text(Optional<String> text) {
        return text.<JsonElement>map(JsonPrimitive::new).orElse(JsonNull.INSTANCE);
    }

    private static double milliseconds(Duration time) {
        return time.toNanos() / 1e6;
    }
}
