package dev.vmsnap.benchmarks;

import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.spi.Commands.Command;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The commands of a verb without the library: as a shell script on the node itself, or sent there one by one. */
final class NodeScript {
    private static final String FILE = "/tmp/benchmark-script";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private NodeScript() {}

    /** Runs commands one after the other and returns how many nanoseconds they took together. */
    static long run(LabNode node, List<Command> commands) {
        String steps = commands.stream().map(NodeScript::step).collect(Collectors.joining("\n"));
        String script = "set -e\nbegin=$(date +%s%N)\n" + steps + "\necho $(($(date +%s%N) - begin))\n";
        node.write(script.getBytes(StandardCharsets.UTF_8), FILE);
        return Long.parseLong(node.run("bash", FILE));
    }

    /** Runs each command by an ssh session of its own on one connection, and returns how many nanoseconds that took. */
    static long send(LabNode node, List<Command> commands) {
        long begin = System.nanoTime();
        for (Command command : commands) {
            node.attempt(command.arguments(), command.input().getBytes(StandardCharsets.UTF_8), PATIENCE);
        }
        return System.nanoTime() - begin;
    }

    private static String step(Command command) {
        String words = command.arguments().stream().map(NodeScript::quoted).collect(Collectors.joining(" "));
        String input = command.input().isEmpty()
                ? "</dev/null"
                : "< <(base64 -d <<<"
                        + Base64.getEncoder().encodeToString(command.input().getBytes(StandardCharsets.UTF_8))
                        + ")";
        return "LC_ALL=C " + words + " " + input + " >/dev/null 2>&1";
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
