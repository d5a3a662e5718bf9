package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.Lease;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether a node or storage may be added to an engine that runs, and whether it may be removed. */
public final class WiringRule {
    private WiringRule() {}

    /** Names the kind of driver that is added or removed. */
    public enum Kind {
        /** A node, by its name. */
        NODE("node", "Choose another name, or remove that node first."),
        /** A storage, by the id of its driver. */
        STORAGE("storage", "Remove that storage first.");

        private final String word;
        private final String remedy;

        Kind(String word, String remedy) {
            this.word = word;
            this.remedy = remedy;
        }
    }

    /**
     * Whether a name is free.
     *
     * @param kind of what
     * @param name which name
     * @param taken the names of those that are there, and of those that are being removed
     * @return the verdict
     */
    public static Verdict free(Kind kind, String name, Collection<String> taken) {
        return taken.contains(name)
                ? Findings.refused(new Refusal(
                        Refusal.Code.DRIVER_EXISTS,
                        "This engine has the " + kind.word + " '" + name + "' already.",
                        kind.remedy,
                        Map.of(kind.word, name)))
                : Findings.NONE;
    }

    /**
     * Whether no operation uses a node or storage.
     *
     * @param kind which of the two
     * @param name its name
     * @param users the leases of the operations that use it
     * @return the verdict
     */
    public static Verdict unused(Kind kind, String name, List<Lease> users) {
        return users.isEmpty()
                ? Findings.NONE
                : Findings.refused(new Refusal(
                        Refusal.Code.DRIVER_IN_USE,
                        "Operations use the " + kind.word + " '" + name + "': "
                                + users.stream()
                                        .map(lease -> lease.verb() + " on VM " + lease.vm() + " (" + lease.operation()
                                                + ", since " + lease.since() + ")")
                                        .collect(Collectors.joining("; "))
                                + ".",
                        "Wait until these operations have ended or cancel them, then remove it.",
                        Map.of(
                                kind.word,
                                name,
                                "operations",
                                users.stream().map(Lease::operation).collect(Collectors.joining(", ")))));
    }
}
