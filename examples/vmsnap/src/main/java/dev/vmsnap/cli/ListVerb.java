package dev.vmsnap.cli;

import dev.vmsnap.VmOverview;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "list", description = "List all snapshots of all VMs, or of one.")
final class ListVerb extends Verb {
    @Parameters(paramLabel = "VM", arity = "0..1", description = "The VM; all when there is none.")
    private @Nullable String vm;

    @Mixin
    private UsageOption usage = new UsageOption();

    @Mixin
    private ListFilter filter = new ListFilter();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "How to print them: ${COMPLETION-CANDIDATES}.",
            completionCandidates = Formats.class,
            converter = FormatReader.class)
    private Format format = Format.TABLE;

    @Override
    int run(Session session) {
        List<VmOverview> all = vm != null ? List.of() : session.vms().recorded();
        List<Vm> vms = vm != null
                ? List.of(session.vms().recorded(vm))
                : all.stream()
                        .filter(VmOverview::hasSnapshots)
                        .map(VmLookup::vm)
                        .toList();
        List<Inventory> inventories = vms.stream()
                .map(one -> filter.of(usage.of(session, one), session.clock()))
                .toList();
        if (format == Format.CSV) {
            session.output().csv(inventories);
        } else {
            session.output()
                    .list(
                            inventories,
                            all.stream().filter(one -> one.damage().isPresent()).toList());
        }
        return ExitCode.DONE;
    }

    /** The text format of a list. */
    enum Format {
        TABLE,
        CSV
    }

    /** The words for formats. */
    static final class Formats extends Choices {
        Formats() {
            super(Format.values());
        }
    }

    /** Reads a format. */
    static final class FormatReader implements ITypeConverter<Format> {
        @Override
        public Format convert(String word) {
            return Choices.constant(Format.values(), word);
        }
    }
}
