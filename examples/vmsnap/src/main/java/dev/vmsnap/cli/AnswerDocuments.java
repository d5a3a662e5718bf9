package dev.vmsnap.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.vmsnap.BusyException;
import dev.vmsnap.Certificate;
import dev.vmsnap.Plan;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Verdict;
import java.util.TreeMap;

/** Answers as JSON: may it be done, what would be done, and why it was not done. */
final class AnswerDocuments {
    private AnswerDocuments() {}

    static JsonObject verdict(Vm vm, Verdict verdict) {
        JsonObject object = Documents.object("vm", Documents.vm(vm));
        object.addProperty("allowed", verdict.allowed());
        object.add("refusals", Documents.array(verdict.refusals(), AnswerDocuments::refusal));
        object.add("notices", Documents.array(verdict.notices(), AnswerDocuments::notice));
        return object;
    }

    static JsonObject refusal(Refusal refusal) {
        JsonObject object = new JsonObject();
        object.addProperty("code", refusal.code().name());
        object.addProperty("message", refusal.message());
        object.addProperty("remedy", Remedies.of(refusal));
        object.add("data", Documents.data(refusal.data()));
        return object;
    }

    static JsonObject notice(Verdict.Notice notice) {
        JsonObject object = new JsonObject();
        object.addProperty("code", notice.code().name());
        object.addProperty("message", notice.message());
        object.add("data", Documents.data(notice.data()));
        return object;
    }

    static JsonObject certificate(Certificate certificate) {
        JsonObject object = new JsonObject();
        object.addProperty("power", certificate.power().name());
        object.add(
                "downtimeMillis",
                certificate
                        .downtime()
                        .<JsonElement>map(time -> new JsonPrimitive(time.toNanos() / 1e6))
                        .orElse(JsonNull.INSTANCE));
        object.add("lines", Documents.array(certificate.lines(), line -> {
            JsonObject form = new JsonObject();
            form.addProperty("hazard", line.hazard().name());
            form.addProperty("outcome", line.outcome().name());
            form.addProperty("why", line.why());
            return form;
        }));
        return object;
    }

    static JsonObject plan(Plan plan) {
        JsonObject object = new JsonObject();
        object.add("steps", Documents.array(plan.steps(), step -> {
            JsonObject form = new JsonObject();
            form.addProperty("code", step.code());
            form.addProperty("subject", step.subject());
            form.addProperty("label", step.label());
            form.addProperty("weight", step.weight());
            form.add("undo", Documents.text(step.undo()));
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

    static JsonObject rebuilt(RebuildOutcome outcome) {
        JsonObject object = outcome.rebuilt()
                .map(made -> {
                    JsonObject done = Documents.tree(outcome.vm(), made.tree());
                    done.addProperty("changed", made.changed());
                    done.add("added", Documents.strings(made.added().stream().map(SnapshotId::value)));
                    done.add("notices", Documents.array(made.notices(), AnswerDocuments::notice));
                    return done;
                })
                .orElseGet(() -> Documents.object("vm", Documents.vm(outcome.vm())));
        object.add(
                "error",
                outcome.failure().<JsonElement>map(AnswerDocuments::failure).orElse(JsonNull.INSTANCE));
        return object;
    }

    static JsonObject failure(Failure failure) {
        JsonObject object = new JsonObject();
        object.addProperty("kind", failure.kind());
        object.addProperty("exitCode", failure.exitCode());
        object.addProperty("message", failure.message());
        object.addProperty("recovery", failure.recovery());
        object.add("refusals", Documents.array(failure.refusals(), AnswerDocuments::refusal));
        object.add("leftovers", Documents.array(failure.leftovers(), leftover -> {
            JsonObject form = new JsonObject();
            form.addProperty("step", leftover.step());
            form.addProperty("message", leftover.message());
            return form;
        }));
        object.add("reason", Documents.text(failure.reason().map(Enum::name)));
        object.add(
                "busy", failure.busy().<JsonElement>map(AnswerDocuments::busy).orElse(JsonNull.INSTANCE));
        return object;
    }

    private static JsonObject busy(BusyException busy) {
        JsonObject object = new JsonObject();
        object.addProperty("verb", busy.verb().name());
        object.addProperty("operation", busy.operation());
        object.addProperty("since", busy.since().toString());
        return object;
    }
}
