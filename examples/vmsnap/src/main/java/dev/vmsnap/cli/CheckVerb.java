package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        description = {
            "Ask whether something may be done with a VM; nothing is touched.",
            "Exit code 3 means no. The options are those of the verb that does it, where there is one."
        })
final class CheckVerb extends Verb {
    @Spec
    private @Nullable CommandSpec line;

    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(
            index = "1",
            paramLabel = "WHAT",
            converter = Question.Reader.class,
            completionCandidates = Question.Words.class,
            description = "What would be done: ${COMPLETION-CANDIDATES}.")
    private Question question = Question.CREATE;

    @Parameters(
            index = "2..*",
            arity = "0..*",
            paramLabel = "SNAP",
            description = "The snapshot; for restore, edit, delete (several) and clone.")
    private List<String> snapshots = List.of();

    @Mixin
    private SpecOptions spec = new SpecOptions();

    @Mixin
    private RetractOptions retracted = new RetractOptions();

    @Mixin
    private RestoreChoices choices = new RestoreChoices();

    @Option(
            names = "--on",
            paramLabel = "NODE",
            description = "For restore: whether that other node could bring the snapshot back.")
    private @Nullable String on;

    @Mixin
    private LeaveOption leave = new LeaveOption();

    @Option(names = "--children", description = "For delete: everything below too.")
    private boolean children;

    @Mixin
    private CopyOptions copies = new CopyOptions();

    @Mixin
    private MoveOptions disks = new MoveOptions();

    @Option(
            names = "--change",
            paramLabel = "SETTING",
            split = ",",
            description = "For reconfigure: what would change, for the message.")
    private Set<String> change = Set.of();

    @Option(names = "--to-node", paramLabel = "NODE", description = "For migrations: the target node.")
    private @Nullable String node;

    @Option(
            names = "--to-storage",
            paramLabel = "KIND",
            converter = KindName.class,
            completionCandidates = Kinds.class,
            description = "For migrate-cold and migrate-live: where the disks will lie: ${COMPLETION-CANDIDATES}.")
    private @Nullable StorageKind storage;

    @Override
    int run(Session session) {
        question.requireSnapshots(snapshots.size());
        question.requireOptions(options());
        if (on != null && choices.any()) {
            throw new UsageException("--on excludes --accept-drift, --keep-configuration, --power and --drop-bitmaps.");
        }
        Vm named = session.vms().known(vm);
        Verdict verdict = on == null
                ? session.snapshots().check(named.id(), intent(session, named), session.actor())
                : session.snapshots()
                        .restorableOn(named.id(), one(session, named).id(), on);
        session.output().verdict(named, verdict);
        return verdict.allowed() ? ExitCode.DONE : ExitCode.REFUSED;
    }

    private Intent intent(Session session, Vm named) {
        return switch (question) {
            case CREATE -> new Intent.Create(spec.spec(session.clock()));
            case RESTORE -> new Intent.Restore(one(session, named).id(), choices.options());
            case EDIT -> edit(session, one(session, named));
            case DELETE ->
                new Intent.Delete(
                        snapshots.stream()
                                .map(reference -> session.lookup(named)
                                        .snapshot(reference)
                                        .id())
                                .collect(Collectors.toSet()),
                        children,
                        leave.unreachable());
            case DELETE_ALL -> new Intent.DeleteAll(leave.unreachable());
            case CONFIGURE -> new Intent.Configure();
            case RECONFIGURE -> new Intent.Reconfigure(change);
            case MIGRATE -> disks.to(given(node, "--to-node"));
            case MIGRATE_COLD -> new Intent.MigrateCold(given(node, "--to-node"), given(storage, "--to-storage"));
            case MIGRATE_LIVE -> new Intent.MigrateLive(given(node, "--to-node"), given(storage, "--to-storage"));
            case CLONE -> clone(session, named);
            case DELETE_VM -> new Intent.DeleteVm();
        };
    }

    private Intent edit(Session session, Snapshot snapshot) {
        return new Intent.Edit(snapshot.id(), retracted.changed(snapshot.labels(), spec.labels(), session.clock()));
    }

    private Intent clone(Session session, Vm named) {
        if (!snapshots.isEmpty() && !copies.any()) {
            throw question.wrong(" SNAP wants --to.");
        }
        return copies.of(snapshots.isEmpty() ? Optional.empty() : Optional.of(one(session, named)));
    }

    private Snapshot one(Session session, Vm named) {
        return session.lookup(named).snapshot(snapshots.get(0));
    }

    /** The options of the command line that are of this verb alone. */
    private List<String> options() {
        return Objects.requireNonNull(line).commandLine().getParseResult().matchedOptions().stream()
                .filter(option -> !option.inherited())
                .map(OptionSpec::longestName)
                .toList();
    }

    private <T> T given(@Nullable T value, String what) {
        if (value == null) {
            throw question.wrong(" wants " + what + ".");
        }
        return value;
    }

    /** The kinds of storage as people write them. */
    static final class Kinds extends Choices {
        Kinds() {
            super(StorageKind.values());
        }
    }

    /** Reads a kind of storage. */
    static final class KindName implements ITypeConverter<StorageKind> {
        @Override
        public StorageKind convert(String word) {
            return Choices.constant(StorageKind.values(), word);
        }
    }
}
