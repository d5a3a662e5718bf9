package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.DriverException;
import dev.vmsnap.VmId;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/** The agent in a guest, as far as freezing and its clock go. Each call waits as long as it is told and no longer. */
final class GuestAgent {
    // What qemu-ga says of a command that it does not take while it is frozen; it has no class of its own.
    private static final String FROZEN = "the agent is in frozen state";

    private final Line line;

    /** The way to the agents of all guests. */
    interface Line {
        Qmp.Reply ask(VmId vm, Qmp.Command command, Duration limit);
    }

    GuestAgent(Line line) {
        this.line = line;
    }

    /** Whether the agent believes that the guest is frozen. */
    boolean isFrozen(VmId vm, Duration limit) {
        return text(ask(vm, "guest-fsfreeze-status", limit)).equals("frozen");
    }

    /** Freezes all file systems, and tells how many; nothing when the guest was frozen already. */
    OptionalLong freeze(VmId vm, Duration limit) {
        try {
            return OptionalLong.of(number(ask(vm, "guest-fsfreeze-freeze", limit)));
        } catch (DriverException e) {
            if (String.valueOf(e.getMessage()).contains(FROZEN)) {
                return OptionalLong.empty();
            }
            throw e;
        }
    }

    /** Thaws all file systems, and tells how many were frozen until now. */
    long thaw(VmId vm, Duration limit) {
        return number(ask(vm, "guest-fsfreeze-thaw", limit));
    }

    /** Sets the guest's clock to that time. */
    void setClock(VmId vm, Instant now, Duration limit) {
        JsonObject arguments = new JsonObject();
        arguments.addProperty(
                "time", Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano()));
        line.ask(vm, Qmp.Command.of("guest-set-time", arguments), limit).orThrow();
    }

    private JsonElement ask(VmId vm, String command, Duration limit) {
        return line.ask(vm, Qmp.Command.of(command), limit).orThrow();
    }

    private static String text(JsonElement answer) {
        return answer.isJsonPrimitive() ? answer.getAsString() : "";
    }

    private static long number(JsonElement answer) {
        if (!answer.isJsonPrimitive() || !answer.getAsJsonPrimitive().isNumber()) {
            throw Failures.broken("the guest's agent should have answered with a number: " + answer);
        }
        return answer.getAsLong();
    }
}
