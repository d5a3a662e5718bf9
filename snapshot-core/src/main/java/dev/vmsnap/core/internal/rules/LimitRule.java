package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import java.util.Map;

/** How many snapshots a VM may have. Every node of the tree counts, whatever its status. */
final class LimitRule {
    private LimitRule() {}

    static Verdict oneMore(Situation situation) {
        int count = situation.record().tree().size();
        int limit = situation.settings().limit();
        if (count < limit) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.LIMIT_REACHED,
                Words.vm(situation) + " has " + Words.count(count) + ", and its limit is " + limit + ".",
                count == 0
                        ? "Have an administrator raise the limit."
                        : "Delete a snapshot, or have an administrator raise the limit.",
                Map.of("limit", Integer.toString(limit), "count", Integer.toString(count))));
    }
}
