package dev.vmsnap.examples.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs commands on this machine; a host has them from its hypervisor driver. */
final class ProcessCommands implements Commands {
    @Override
    public Result run(Command command) {
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
                    throw new IllegalStateException(command.arguments() + " took too long");
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
