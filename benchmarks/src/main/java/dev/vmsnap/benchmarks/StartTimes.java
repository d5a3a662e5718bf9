package dev.vmsnap.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How long a person waits for {@code vmsnap}: with the launcher's archive of loaded classes, and without. */
final class StartTimes {
    private final List<String> launcher;
    private final List<String> plain;
    private final List<String> connection;
    private final Rounds rounds;

    StartTimes(Path launcher, Path jar, String uri, Path store, Rounds rounds) {
        this.launcher = List.of(launcher.toString());
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        this.plain = List.of(java.toString(), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", jar.toString());
        this.connection = List.of("--connect", uri, "--store", store.toString());
        this.rounds = rounds;
    }

    void measure(Table table) {
        List<String> list = new ArrayList<>(connection);
        list.add("list");
        row(table, "vmsnap --help", List.of("--help"));
        row(table, "vmsnap list", list);
    }

    private void row(Table table, String name, List<String> arguments) {
        Series with = new Series();
        Series without = new Series();
        rounds.run(round -> {
            long withNanos = time(launcher, arguments);
            long withoutNanos = time(plain, arguments);
            if (!rounds.isWarmUp(round)) {
                with.add(withNanos);
                without.add(withoutNanos);
            }
        });
        table.row(name, with.text(), without.text(), with.ratioTo(without));
    }

    private static long time(List<String> program, List<String> arguments) {
        List<String> command = new ArrayList<>(program);
        command.addAll(arguments);
        long begin = System.nanoTime();
        Shell.run(command);
        return System.nanoTime() - begin;
    }
}
