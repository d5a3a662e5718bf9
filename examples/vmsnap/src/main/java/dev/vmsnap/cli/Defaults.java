package dev.vmsnap.cli;

import dev.vmsnap.cli.ConfigurationFile.Line;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** Gives values to options that the command line leaves out, from the environment, then from the configuration file. */
final class Defaults {
    /** Two ways to say one thing: where the environment says one, the file says nothing of the other. */
    private static final Set<Preference> NODES = EnumSet.of(Preference.CONNECT, Preference.NODE);

    private final List<Line> lines;

    private Defaults(List<Line> lines) {
        this.lines = lines;
    }

    /** Takes the environment alone. */
    static Defaults of(Map<String, String> environment) {
        return new Defaults(Arrays.stream(Preference.values())
                .flatMap(preference -> said(preference, environment))
                .toList());
    }

    /**
     * Adds what a file says of the rest.
     *
     * @param named a file that has to be there; empty for the usual one, which need not
     */
    Defaults and(Optional<Path> named, Map<String, String> environment) {
        Optional<Path> file = named.or(() -> Optional.ofNullable(environment.get("VMSNAP_CONFIG"))
                .filter(path -> !path.isEmpty())
                .map(Path::of));
        Optional<List<Line>> read = file.map(path -> new ConfigurationFile(path)
                        .read()
                        .orElseThrow(() -> new UsageException("There is no configuration file " + path + ".")))
                .or(() -> ConfigurationFile.usual(environment, System.getProperty("user.home", ""))
                        .flatMap(path -> new ConfigurationFile(path).read()));
        Stream<Line> rest = read.stream().flatMap(List::stream).filter(line -> !hides(line.preference()));
        return new Defaults(Stream.concat(lines.stream(), rest).toList());
    }

    private boolean hides(Preference preference) {
        return lines.stream()
                .map(Line::preference)
                .anyMatch(said -> said == preference || (NODES.contains(said) && NODES.contains(preference)));
    }

    private static Stream<Line> said(Preference preference, Map<String, String> environment) {
        String value = environment.getOrDefault(preference.variable(), "").strip();
        Stream<String> values = preference.many() ? Arrays.stream(value.split("\\s+")) : Stream.of(value);
        return values.filter(one -> !one.isEmpty()).map(one -> new Line(preference, one, preference.variable()));
    }

    /** Returns what is said of an option that may be given more than once. */
    List<String> all(Preference preference) {
        return of(preference).map(Line::value).toList();
    }

    Optional<String> one(Preference preference) {
        return one(preference, value -> value);
    }

    /** Returns what is said of an option, read; a failure names where it stands. */
    <T> Optional<T> one(Preference preference, Function<String, T> reader) {
        return of(preference).findFirst().map(line -> {
            try {
                return reader.apply(line.value());
            } catch (TypeConversionException | IllegalArgumentException e) {
                throw new UsageException(line.origin() + ": " + e.getMessage() + ".");
            }
        });
    }

    boolean flag(Preference preference) {
        return one(preference, value -> new ChoiceOptions.Truth().convert(value))
                .orElse(false);
    }

    private Stream<Line> of(Preference preference) {
        return lines.stream().filter(line -> line.preference() == preference);
    }

    /** Names the place of a value that was read, for a failure that names only the option. */
    String origins() {
        return lines.stream()
                .map(line -> line.preference().key() + " from " + line.origin())
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
