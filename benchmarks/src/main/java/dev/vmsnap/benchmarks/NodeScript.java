package dev.vmsnap.benchmarks;

import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.spi.Commands.Command;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** The commands of a verb without the library, as a shell script on the node itself. */
final class NodeScript {
    private static final String FILE = "/tmp/benchmark-script";

    private NodeScript() {}

    /** Runs commands one after the other and returns how many nanoseconds they took together. */
    static long run(LabNode node, List<Command> commands) {
        return runLines(node, commands.stream().map(NodeScript::step).toList());
    }

    /** The same with lines of a shell, all of which must succeed. */
    static long runLines(LabNode node, List<String> lines) {
        String steps = lines.stream().map(line -> line + " >/dev/null 2>&1\n").collect(Collectors.joining());
        String script = "set -e\nbegin=$(date +%s%N)\n" + steps + "echo $(($(date +%s%N) - begin))\n";
        node.write(script.getBytes(StandardCharsets.UTF_8), FILE);
        return Long.parseLong(node.run("bash", FILE));
    }

    private static String step(Command command) {
        String words = command.arguments().stream().map(NodeScript::quoted).collect(Collectors.joining(" "));
        String input = command.input().isEmpty()
                ? "</dev/null"
                : "< <(base64 -d <<<"
                        + Base64.getEncoder().encodeToString(command.input().getBytes(StandardCharsets.UTF_8))
                        + ")";
        return "LC_ALL=C " + words + " " + input;
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }
}
