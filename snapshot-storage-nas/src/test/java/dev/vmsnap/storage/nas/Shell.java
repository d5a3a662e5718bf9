package dev.vmsnap.storage.nas;

import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** This machine's own commands: scripts are tested where they run. */
final class Shell implements Commands {

    @Override
    public Result run(Command command) {
        ProcessBuilder builder = new ProcessBuilder(command.arguments());
        builder.environment().put("LC_ALL", "C");
        try {
            Process process = builder.start();
            CompletableFuture<String> errors = CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
            try (var input = process.getOutputStream()) {
                input.write(command.input().getBytes(StandardCharsets.UTF_8));
            } catch (IOException endedBeforeItReadAll) {
                // Its exit code says what is to be known.
            }
            String output = text(process.getInputStream());
            return new Result(process.onExit().join().exitValue(), output, errors.join());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(java.io.InputStream stream) {
        try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
