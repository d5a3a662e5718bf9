package dev.vmsnap.lab.node;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The scripts {@code lab/up} and {@code lab/down} for one lab directory. */
final class LabScripts {
    /** Building the root file system of the nodes takes minutes, once. */
    private static final Duration PATIENCE = Duration.ofMinutes(15);

    private final Path scripts = scripts();
    private final Path directory;
    private final List<String> owner;

    /**
     * The lab in a directory.
     *
     * @param owner the process without which the lab shall not go on; empty for a lab that stays
     */
    LabScripts(Path directory, Optional<Long> owner) {
        this.directory = directory;
        this.owner =
                owner.map(process -> List.of("--owner", process.toString())).orElse(List.of());
    }

    /** Starts those nodes that do not run, and tells where all of them are. */
    List<LabNode> up(List<String> names) {
        List<String> arguments = new ArrayList<>(owner);
        arguments.addAll(names);
        return run("up", arguments).lines().map(this::node).toList();
    }

    void down(String... arguments) {
        run("down", List.of(arguments));
    }

    private String run(String script, List<String> arguments) {
        List<String> command =
                new ArrayList<>(List.of(scripts.resolve(script).toString(), "--in", directory.toString()));
        command.addAll(arguments);
        return Execution.of(command, command, new byte[0], PATIENCE).succeeded().output();
    }

    private LabNode node(String line) {
        String[] columns = line.split("\t", -1);
        return new LabNode(
                columns[0],
                columns[3],
                columns[1],
                directory.resolve(columns[0]).resolve("ssh_config"));
    }

    /** In the repository that the tests run in. */
    private static Path scripts() {
        for (Path place = Path.of("").toAbsolutePath(); place != null; place = place.getParent()) {
            if (Files.isExecutable(place.resolve("lab/up"))) {
                return place.resolve("lab");
            }
        }
        throw new IllegalStateException("lab/up is not above " + Path.of("").toAbsolutePath());
    }
}
