package dev.vmsnap.kvm;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** QEMU's monitor protocol: commands as JSON, and answers in which an error is data until it is looked at. */
final class Qmp {
    private static final String DENIED = " (the storage does not let QEMU write: make it writable for QEMU again)";

    private Qmp() {}

    /**
     * A command.
     *
     * @param name its name, for messages
     * @param json the whole command
     */
    record Command(String name, String json) {
        static Command of(String name) {
            return of(name, new JsonObject());
        }

        static Command of(String name, JsonObject arguments) {
            JsonObject command = new JsonObject();
            command.addProperty("execute", name);
            if (arguments.size() > 0) {
                command.add("arguments", arguments);
            }
            return new Command(name, command.toString());
        }
    }

    /** Takes a snapshot in all those nodes, or in none. */
    static Command snapshotInAll(List<String> nodes, String name) {
        JsonArray actions = new JsonArray();
        for (String node : nodes) {
            JsonObject action = new JsonObject();
            action.addProperty("type", "blockdev-snapshot-internal-sync");
            action.add("data", deviceAndName(node, name));
            actions.add(action);
        }
        JsonObject arguments = new JsonObject();
        arguments.add("actions", actions);
        return Command.of("transaction", arguments);
    }

    static Command deleteSnapshot(String node, String name) {
        return Command.of("blockdev-snapshot-delete-internal-sync", deviceAndName(node, name));
    }

    /** Begins to save RAM into the first node and to take a snapshot in all; a job, which refuses a name that is taken. */
    static Command saveRam(String job, List<String> nodes, String name) {
        return ram("snapshot-save", job, nodes, name);
    }

    /** Begins to load RAM from the first node and to take all back to a snapshot; a job. */
    static Command loadRam(String job, List<String> nodes, String name) {
        return ram("snapshot-load", job, nodes, name);
    }

    private static Command ram(String command, String job, List<String> nodes, String name) {
        JsonArray devices = new JsonArray();
        nodes.forEach(devices::add);
        JsonObject arguments = new JsonObject();
        arguments.addProperty("job-id", job);
        arguments.addProperty("tag", name);
        arguments.addProperty("vmstate", nodes.get(0));
        arguments.add("devices", devices);
        return Command.of(command, arguments);
    }

    static Command dismiss(String job) {
        JsonObject arguments = new JsonObject();
        arguments.addProperty("id", job);
        return Command.of("job-dismiss", arguments);
    }

    /** Activates all disks of a guest that is paused; QEMU 10.0 and newer. */
    static Command activateDisks() {
        JsonObject arguments = new JsonObject();
        arguments.addProperty("active", true);
        return Command.of("blockdev-set-active", arguments);
    }

    static Command resize(String node, long bytes) {
        JsonObject arguments = new JsonObject();
        arguments.addProperty("node-name", node);
        arguments.addProperty("size", bytes);
        return Command.of("block_resize", arguments);
    }

    private static JsonObject deviceAndName(String node, String name) {
        JsonObject data = new JsonObject();
        data.addProperty("device", node);
        data.addProperty("name", name);
        return data;
    }

    /**
     * What QEMU answered.
     *
     * @param command to which command
     * @param result its result; {@code null} in JSON when it failed
     * @param error what went wrong, if anything
     */
    record Reply(String command, JsonElement result, Optional<String> error) {
        static Reply parse(String command, String json) {
            try {
                JsonObject reply = JsonParser.parseString(json).getAsJsonObject();
                if (reply.has("error")) {
                    JsonObject error = reply.getAsJsonObject("error");
                    return new Reply(command, new JsonObject(), Optional.of(Json.text(error, "desc", "unknown error")));
                }
                if (!reply.has("return")) {
                    throw Failures.broken(command + ": QEMU's answer is neither a result nor an error");
                }
                return new Reply(command, reply.get("return"), Optional.empty());
            } catch (JsonParseException | IllegalStateException | ClassCastException e) {
                throw Failures.of(Reason.BROKEN, command + ": QEMU's answer is not readable", e);
            }
        }

        /** The result; an error becomes an exception. */
        JsonElement orThrow() {
            if (error.isPresent()) {
                throw failure("");
            }
            return result;
        }

        /**
         * The error as an exception.
         *
         * @param more follows QEMU's words
         */
        DriverException failure(String more) {
            String words = error.orElse("no error");
            Reason reason = reason(words.toLowerCase(Locale.ROOT));
            return Failures.of(reason, command + ": " + words + (reason == Reason.DENIED ? DENIED : "") + more);
        }

        private static Reason reason(String words) {
            if (words.contains("no space left") || words.contains("disk quota exceeded")) {
                return Reason.NO_SPACE;
            }
            if (words.contains("read-only file system")
                    || words.contains("permission denied")
                    || words.contains("operation not permitted")) {
                return Reason.DENIED;
            }
            return words.contains("need a root block node") || words.contains("block device is in use")
                    ? Reason.IN_USE
                    : Reason.BROKEN;
        }
    }
}
