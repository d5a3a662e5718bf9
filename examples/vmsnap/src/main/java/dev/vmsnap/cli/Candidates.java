package dev.vmsnap.cli;

import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.spi.VmRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** The names out of the records that may stand next in a command line. */
final class Candidates {
    private final SnapshotStore records;
    private final Printable printable;

    Candidates(SnapshotStore records, Printable printable) {
        this.records = records;
        this.printable = printable;
    }

    /**
     * Returns them.
     *
     * @param line the command, parsed as far as it goes
     * @param before the words before the cursor
     * @param begun what is typed of the next one
     */
    List<String> of(ParseResult line, List<String> before, String begun) {
        if (!line.hasSubcommand()) {
            return List.of();
        }
        ParseResult verb = line.subcommand();
        List<String> typed = verb.matchedPositionals().stream()
                .sorted((a, b) -> Integer.compare(a.index().min(), b.index().min()))
                .map(ArgSpec::originalStringValues)
                .flatMap(List::stream)
                .toList();
        String last = before.get(before.size() - 1);
        OptionSpec option = verb.commandSpec().findOption(last);
        boolean value = option != null && option.arity().max() > 0;
        return value
                ? List.of()
                : verb.commandSpec().positionalParameters().stream()
                        .filter(parameter -> parameter.index().contains(typed.size()))
                        .map(PositionalParamSpec::paramLabel)
                        .findFirst()
                        .map(label -> named(label, typed, begun))
                        .orElse(List.of());
    }

    private List<String> named(String label, List<String> typed, String begun) {
        return switch (label) {
            case "VM" -> begun(sound(), VmRecord::name, record -> record.vm().value(), begun);
            case "SNAP" ->
                begun(
                        snapshots(typed.get(0)),
                        Snapshot::name,
                        snapshot -> snapshot.id().value(),
                        begun);
            case "TEMPLATE", "NAME" ->
                begun(records.templates(), SettingsTemplate::name, SettingsTemplate::name, begun);
            default -> List.of();
        };
    }

    private List<VmRecord> sound() {
        return records.all().stream().flatMap(stored -> stored.sound().stream()).toList();
    }

    private List<Snapshot> snapshots(String vm) {
        return sound().stream()
                .filter(record ->
                        record.name().equals(vm) || record.vm().value().equals(vm))
                .flatMap(record -> record.tree().snapshots().stream())
                .toList();
    }

    /** By name where one is plain and no other one's, else by id. */
    private <T> List<String> begun(List<T> all, Function<T, String> name, Function<T, String> id, String begun) {
        List<String> names = all.stream().map(name).toList();
        List<String> found = new ArrayList<>();
        for (T one : all) {
            String called = name.apply(one);
            boolean only = names.stream().filter(called::equals).count() == 1;
            found.add(only && isPlain(called) ? called : id.apply(one));
        }
        Stream<String> ids = all.stream().map(id);
        List<String> fitting =
                found.stream().filter(text -> text.startsWith(begun)).toList();
        return (fitting.isEmpty() ? ids.filter(text -> text.startsWith(begun)) : fitting.stream())
                .sorted()
                .collect(Collectors.toList());
    }

    private boolean isPlain(String name) {
        return !name.isBlank() && !name.startsWith("-") && printable.line(name).equals(name);
    }

    /** Parses what there is of a command line. */
    static ParseResult parsed(CommandLine line, List<String> before) {
        line.getCommandSpec().parser().collectErrors(true);
        line.getSubcommands()
                .values()
                .forEach(verb -> verb.getCommandSpec().parser().collectErrors(true));
        return line.parseArgs(before.toArray(String[]::new));
    }
}
