package dev.vmsnap.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import picocli.CommandLine;

/** All verbs. Only those that a command line can mean are made, because picocli takes its time over each. */
final class Verbs {
    private static final Set<String> HELP = Set.of("-h", "--help");
    private static final String COMPLETION = "generate-completion";
    private static final String COMPLETE = "complete";

    private final Map<String, Supplier<Object>> verbs = new LinkedHashMap<>();

    Verbs() {
        verbs.put("vms", VmsVerb::new);
        verbs.put("list", ListVerb::new);
        verbs.put("status", StatusVerb::new);
        verbs.put("tree", TreeVerb::new);
        verbs.put("show", ShowVerb::new);
        verbs.put("usage", UsageVerb::new);
        verbs.put("create", CreateVerb::new);
        verbs.put("restore", RestoreVerb::new);
        verbs.put("edit", EditVerb::new);
        verbs.put("delete", DeleteVerb::new);
        verbs.put("delete-all", DeleteAllVerb::new);
        verbs.put("delete-expired", DeleteExpiredVerb::new);
        verbs.put("clone", CloneVerb::new);
        verbs.put("migrate", MigrateVerb::new);
        verbs.put("settings", SettingsVerb::new);
        verbs.put("template", TemplateVerb::new);
        verbs.put("assign", AssignVerb::new);
        verbs.put("unassign", UnassignVerb::new);
        verbs.put("check", CheckVerb::new);
        verbs.put("vm-deleted", VmDeletedVerb::new);
        verbs.put("ops", OpsVerb::new);
        verbs.put("cancel", CancelVerb::new);
        verbs.put("recover", RecoverVerb::new);
        verbs.put("doctor", DoctorVerb::new);
        verbs.put("probe", ProbeVerb::new);
        verbs.put("rebuild", RebuildVerb::new);
        verbs.put("version", VersionVerb::new);
        verbs.put(COMPLETION, CompletionVerb::new);
        verbs.put(COMPLETE, CompleteVerb::new);
    }

    /** Adds every verb whose name stands anywhere; all of them when none does or something lists them. */
    void addTo(CommandLine line, String[] arguments) {
        List<String> said = List.of(arguments);
        int first = IntStream.range(0, arguments.length)
                .filter(at -> verbs.containsKey(arguments[at]))
                .findFirst()
                .orElse(arguments.length);
        boolean all = first == arguments.length
                || said.contains(COMPLETION)
                || said.subList(0, first).stream().anyMatch(HELP::contains);
        verbs.forEach((name, verb) -> {
            if (all || said.contains(name)) {
                line.addSubcommand(name, verb.get());
            }
        });
    }
}
