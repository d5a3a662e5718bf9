package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs commands on this machine. */
final class LocalCommands implements ByteCommands {
    private static final Pattern ERROR_NUMBER = Pattern.compile("error[=:] ?([0-9]+)");

    // How long a child that outlives its command may keep the outputs open.
    private static final Duration AFTER_EXIT = Duration.ofSeconds(2);

    @Override
    public Output run(List<String> arguments, byte[] input, Duration timeout, int outputLimit) {
        String program = arguments.get(0);
        long end = System.nanoTime() + timeout.toNanos();
        Process process = start(arguments);
        try {
            CompletableFuture<Void> tooMuch = new CompletableFuture<>();
            Drain output = new Drain(process.getInputStream(), outputLimit, tooMuch);
            Drain errors = new Drain(process.getErrorStream(), outputLimit, tooMuch);
            Workers.start(output);
            Workers.start(errors);
            Workers.start(() -> feed(process, input));
            await(process, tooMuch, end, program, timeout, outputLimit);
            long patience = System.nanoTime() + AFTER_EXIT.toNanos();
            Output whole = new Output(process.exitValue(), output.bytes(patience), errors.bytes(patience));
            requireLess(tooMuch, program, outputLimit);
            return whole;
        } finally {
            kill(process);
        }
    }

    private static Process start(List<String> arguments) {
        ProcessBuilder builder = new ProcessBuilder(arguments);
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("LVM_SUPPRESS_FD_WARNINGS", "1");
        builder.environment().remove("LANGUAGE");
        try {
            return builder.start();
        } catch (IOException e) {
            Reason reason = reasonOf(String.valueOf(e.getMessage()));
            throw Failures.of(reason, "cannot run " + arguments.get(0) + ": " + e.getMessage(), e);
        }
    }

    /** The JDK tells the system's error number in its text alone: "error=2, " on JDK 17, "error: 2 (" on newer ones. */
    private static Reason reasonOf(String message) {
        Matcher number = ERROR_NUMBER.matcher(message);
        if (!number.find()) {
            return Reason.BROKEN;
        }
        return switch (number.group(1)) {
            case "2" -> Reason.MISSING;
            case "13" -> Reason.DENIED;
            default -> Reason.BROKEN;
        };
    }

    private static void feed(Process process, byte[] input) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(input);
        } catch (IOException doesNotRead) {
            return;
        }
    }

    private static void await(
            Process process,
            CompletableFuture<Void> tooMuch,
            long end,
            String program,
            Duration timeout,
            int outputLimit) {
        CompletableFuture<Object> either = CompletableFuture.anyOf(process.onExit(), tooMuch);
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    either.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                    requireLess(tooMuch, program, outputLimit);
                    return;
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (TimeoutException e) {
                    throw Failures.of(Reason.TIMEOUT, program + " was stopped after " + timeout.toMillis() + " ms", e);
                } catch (ExecutionException e) {
                    throw Failures.of(Reason.BROKEN, program + ": " + e.getCause(), e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void requireLess(CompletableFuture<Void> tooMuch, String program, int outputLimit) {
        if (tooMuch.isDone()) {
            throw Failures.broken(program + " printed more than " + outputLimit + " bytes");
        }
    }

    private static void kill(Process process) {
        if (process.isAlive()) {
            // Listed before the parent dies, since then nobody knows whose children they are.
            List<ProcessHandle> children = process.descendants().toList();
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
