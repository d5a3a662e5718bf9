package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import java.util.Map;
import java.util.Optional;

/** Who may. */
final class PermissionRule {
    private PermissionRule() {}

    static Verdict snapshots(Situation situation, Actor actor) {
        if (actor.isAdministrator() || situation.settings().allowUsers()) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.USERS_NOT_ALLOWED,
                "Users may not work with the snapshots of " + Words.vm(situation) + ".",
                "Ask an administrator to do it, or to allow users in the VM's snapshot settings.",
                Map.of("actor", actor.name())));
    }

    static Verdict restore(Situation situation, Actor actor) {
        Verdict any = snapshots(situation, actor);
        if (!any.allowed() || actor.isAdministrator() || situation.settings().allowRestore()) {
            return any;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.RESTORE_NOT_ALLOWED,
                "Users may not restore the snapshots of " + Words.vm(situation) + ".",
                "Ask an administrator to do it, or to allow it in the VM's snapshot settings.",
                Map.of("actor", actor.name())));
    }

    static Verdict administrator(Actor actor) {
        return administrator(actor, "Only an administrator may change snapshot settings.");
    }

    static Verdict cancel(Actor actor, Optional<Actor> asker) {
        return asker.filter(actor::equals).isPresent()
                ? Findings.NONE
                : administrator(actor, "Only an administrator may cancel what somebody else has asked for.");
    }

    private static Verdict administrator(Actor actor, String message) {
        if (actor.isAdministrator()) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.ADMINISTRATOR_ONLY,
                message,
                "Ask an administrator to do it.",
                Map.of("actor", actor.name())));
    }
}
