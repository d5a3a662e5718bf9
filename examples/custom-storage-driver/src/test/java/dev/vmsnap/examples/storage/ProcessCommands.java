package dev.vmsnap.examples.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.vmsnap.DriverException;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Runs commands on this machine, and programs of a test in their place; a host has them from its hypervisor driver. */
final class ProcessCommands implements Commands {
    private final Map<String, Function<Command, Result>> programs = new ConcurrentHashMap<>();

    /** Runs this in place of a program from now on. */
    void replace(String program, Function<Command, Result> by) {
        programs.put(program, by);
    }

    /** Runs the programs of this machine again. */
    void restore() {
        programs.clear();
    }

    @Override
    public Result run(Command command) {
        Function<Command, Result> replaced = programs.get(command.arguments().get(0));
        return replaced == null ? process(command) : replaced.apply(command);
    }

    static Result process(Command command) {
        try {
            Path output = Files.createTempFile("vmsnap", "output");
            Path errors = Files.createTempFile("vmsnap", "errors");
            try {
                ProcessBuilder builder = new ProcessBuilder(command.arguments())
                        .redirectOutput(output.toFile())
                        .redirectError(errors.toFile());
                builder.environment().put("LC_ALL", "C");
                Process process = builder.start();
                if (!process.waitFor(command.timeout().toMillis(), TimeUnit.MILLISECONDS)) {
                    process.destroyForcibly();
                    throw new DriverException(
                            "lab", DriverException.Reason.TIMEOUT, command.arguments() + " took too long");
                }
                return new Result(
                        process.exitValue(), Files.readString(output, UTF_8), Files.readString(errors, UTF_8));
            } finally {
                Files.delete(output);
                Files.delete(errors);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
