package dev.vmsnap.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Commands that are answered by a script and recorded. A program without a script is not installed: {@code MISSING}.
 * Thread-safe.
 */
public final class ScriptedCommands implements Commands {
    private static final String DRIVER = "commands";

    private final Faults faults;
    private final Map<String, Function<Command, Result>> programs = new LinkedHashMap<>();
    private final List<Command> ran = new ArrayList<>();
    private boolean connected = true;

    ScriptedCommands(Faults faults) {
        this.faults = faults;
    }

    /**
     * Installs a program.
     *
     * @param program the first argument of its commands
     * @param answer what it does and how it ends; called for one command at a time
     */
    public void install(String program, Function<Command, Result> answer) {
        synchronized (faults) {
            programs.put(program, answer);
        }
    }

    /**
     * Returns an end with exit code 0.
     *
     * @param output what was printed on standard output
     * @return the result
     */
    public static Result ok(String output) {
        return new Result(0, output, "");
    }

    /**
     * Returns an end with exit code 1.
     *
     * @param errors what was printed on standard error
     * @return the result
     */
    public static Result failed(String errors) {
        return new Result(1, "", errors);
    }

    /**
     * Returns every command that was run.
     *
     * @return in order
     */
    public List<Command> ran() {
        synchronized (faults) {
            return List.copyOf(ran);
        }
    }

    void connected(boolean now) {
        connected = now;
    }

    @Override
    public Result run(Command command) {
        return faults.ask(DRIVER, Faults.Point.COMMAND_RUN, String.join(" ", command.arguments()), () -> {
            if (!connected) {
                throw new DriverException(DRIVER, Reason.UNREACHABLE, "the node does not answer");
            }
            ran.add(command);
            String program = command.arguments().get(0);
            Function<Command, Result> answer = programs.get(program);
            if (answer == null) {
                throw new DriverException(DRIVER, Reason.TOOL_MISSING, "there is no program " + program);
            }
            return limited(command, answer.apply(command));
        });
    }

    private static Result limited(Command command, Result result) {
        int longest =
                Math.max(result.output().getBytes(UTF_8).length, result.errors().getBytes(UTF_8).length);
        if (longest > command.outputLimit()) {
            throw new DriverException(
                    DRIVER, Reason.BROKEN, "it printed more than " + command.outputLimit() + " bytes");
        }
        return result;
    }
}
