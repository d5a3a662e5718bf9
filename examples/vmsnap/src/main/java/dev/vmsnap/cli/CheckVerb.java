package dev.vmsnap.cli;

import dev.vmsnap.Intent;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

@Command(
        name = "check",
        description = "Ask whether something may be done with a VM; nothing is touched. Exit code 3 means no.")
final class CheckVerb extends Verb {
    @Parameters(index = "0", paramLabel = "VM", description = "The VM.")
    private String vm = "";

    @Parameters(
            index = "1",
            paramLabel = "WHAT",
            converter = QuestionName.class,
            completionCandidates = Questions.class,
            description = "What would be done: ${COMPLETION-CANDIDATES}.")
    private Question question = Question.CREATE;

    @Parameters(index = "2", arity = "0..1", paramLabel = "SNAP", description = "The snapshot; for restore.")
    private @Nullable String snapshot;

    @Mixin
    private SpecOptions spec = new SpecOptions();

    @Option(names = "--accept-drift", description = "For restore: as there.")
    private boolean acceptDrift;

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
            description = "For migrations: where the disks will lie: ${COMPLETION-CANDIDATES}.")
    private @Nullable StorageKind storage;

    @Override
    int run(Session session) {
        if ((question == Question.RESTORE) != (snapshot != null)) {
            throw new UsageException(
                    snapshot == null ? "check VM restore wants a SNAP." : "Only check VM restore takes a SNAP.");
        }
        Vm named = session.vms().known(vm);
        Verdict verdict = session.snapshots().check(named.id(), intent(session, named), session.actor());
        session.output().verdict(named, verdict);
        return verdict.allowed() ? ExitCode.DONE : ExitCode.REFUSED;
    }

    private Intent intent(Session session, Vm named) {
        return switch (question) {
            case CREATE -> new Intent.Create(spec.spec());
            case RESTORE ->
                RestoreVerb.intent(
                        session.lookup(named).snapshot(given(snapshot, "SNAP")).id(), acceptDrift);
            case RECONFIGURE -> new Intent.Reconfigure(change);
            case MIGRATE -> new Intent.Migrate(given(node, "--to-node"));
            case MIGRATE_COLD -> new Intent.MigrateCold(given(node, "--to-node"), given(storage, "--to-storage"));
            case MIGRATE_LIVE -> new Intent.MigrateLive(given(node, "--to-node"), given(storage, "--to-storage"));
            case CLONE -> new Intent.Clone();
            case DELETE_VM -> new Intent.DeleteVm();
        };
    }

    private <T> T given(@Nullable T value, String what) {
        if (value == null) {
            throw new UsageException("check VM " + Choices.word(question) + " wants " + what + ".");
        }
        return value;
    }

    /** What can be asked. */
    enum Question {
        CREATE,
        RESTORE,
        RECONFIGURE,
        MIGRATE,
        MIGRATE_COLD,
        MIGRATE_LIVE,
        CLONE,
        DELETE_VM
    }

    /** The questions as people write them. */
    static final class Questions extends Choices {
        Questions() {
            super(Question.values());
        }
    }

    /** The kinds of storage as people write them. */
    static final class Kinds extends Choices {
        Kinds() {
            super(StorageKind.values());
        }
    }

    /** Reads a question. */
    static final class QuestionName implements ITypeConverter<Question> {
        @Override
        public Question convert(String word) {
            return constant(Question.values(), word);
        }
    }

    /** Reads a kind of storage. */
    static final class KindName implements ITypeConverter<StorageKind> {
        @Override
        public StorageKind convert(String word) {
            return constant(StorageKind.values(), word);
        }
    }

    private static <E extends Enum<E>> E constant(E[] constants, String word) {
        return Arrays.stream(constants)
                .filter(constant -> Choices.word(constant).equals(word))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "'" + word + "' is none of " + String.join(", ", new Choices(constants))));
    }
}
