package dev.vmsnap.kvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.kvm.ByteCommands.Output;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs programs of this machine. */
final class LocalPrograms implements Programs {
    private static final Pattern ERROR_NUMBER = Pattern.compile("error[=:] ?([0-9]+)");

    // How long a child that outlives its command may keep the outputs open, and one that is not wanted may take to end.
    private static final Duration AFTER_EXIT = Duration.ofSeconds(2);

    private static final Duration TICK = Duration.ofSeconds(1);

    @Override
    public Output run(Errand errand) {
        Process process = start(errand.arguments());
        CompletableFuture<Void> over = new CompletableFuture<>();
        try {
            Semaphore stirred = new Semaphore(0);
            Drain output = new Drain(process.getInputStream(), errand.outputLimit(), stirred::release);
            Drain errors = new Drain(process.getErrorStream(), errand.outputLimit(), stirred::release);
            Workers.start(output);
            Workers.start(errors);
            Workers.start(() -> feed(process, errand, over));
            CompletableFuture<Void> unused = process.onExit().thenRun(stirred::release);
            Optional<Pieces> pieces = errand.wanted().map(Pieces::new);
            await(process, errand, output, errors, stirred, pieces);
            long patience = System.nanoTime() + AFTER_EXIT.toNanos();
            Output whole = new Output(process.exitValue(), output.bytes(patience), errors.bytes(patience));
            requireLess(errand, output, errors);
            pieces.ifPresent(some -> some.tell(output.fresh(), true));
            return whole;
        } finally {
            over.complete(null);
            end(process, errand);
        }
    }

    @Override
    public Process start(List<String> arguments) {
        ProcessBuilder builder = new ProcessBuilder(arguments);
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("LVM_SUPPRESS_FD_WARNINGS", "1");
        builder.environment().remove("LANGUAGE");
        try {
            return builder.start();
        } catch (IOException e) {
            Reason reason = reasonOf(String.valueOf(e.getMessage()));
            if (reason == Reason.TOOL_MISSING) {
                throw Failures.program(arguments.get(0), "this machine");
            }
            throw Failures.of(reason, "cannot run " + arguments.get(0) + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void require(String program) {
        boolean there = program.contains("/")
                ? Files.exists(Path.of(program))
                : Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .filter(directory -> !directory.isEmpty())
                        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        if (!there) {
            throw Failures.program(program, "this machine");
        }
    }

    /** The JDK tells the system's error number in its text alone: "error=2, " on JDK 17, "error: 2 (" on newer ones. */
    private static Reason reasonOf(String message) {
        Matcher number = ERROR_NUMBER.matcher(message);
        if (!number.find()) {
            return Reason.BROKEN;
        }
        return switch (number.group(1)) {
            case "2" -> Reason.TOOL_MISSING;
            case "13" -> Reason.DENIED;
            default -> Reason.BROKEN;
        };
    }

    private static void feed(Process process, Errand errand, CompletableFuture<Void> over) {
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(errand.input());
            stdin.flush();
            if (errand.wanted().isPresent()) {
                over.join();
            }
        } catch (IOException doesNotRead) {
            return;
        }
    }

    private static void await(
            Process process, Errand errand, Drain output, Drain errors, Semaphore stirred, Optional<Pieces> pieces) {
        long end = System.nanoTime() + errand.timeout().toNanos();
        boolean interrupted = false;
        try {
            while (process.isAlive()) {
                long left = end - System.nanoTime();
                if (left <= 0) {
                    throw Failures.of(
                            Reason.TIMEOUT,
                            errand.program() + " was stopped after "
                                    + errand.timeout().toMillis() + " ms");
                }
                try {
                    stirred.tryAcquire(Math.min(left, TICK.toNanos()), TimeUnit.NANOSECONDS);
                    stirred.drainPermits();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
                requireLess(errand, output, errors);
                pieces.ifPresent(some -> some.tell(output.fresh(), false));
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void requireLess(Errand errand, Drain output, Drain errors) {
        if (output.isTooMuch() || errors.isTooMuch()) {
            throw Failures.broken(errand.program() + " printed more than " + errand.outputLimit() + " bytes");
        }
    }

    private static void end(Process process, Errand errand) {
        if (errand.wanted().isPresent()) {
            Workers.ended(process.onExit(), AFTER_EXIT);
        }
        if (process.isAlive()) {
            // Listed before the parent dies, since then nobody knows whose children they are.
            List<ProcessHandle> children = process.descendants().toList();
            process.destroyForcibly();
            children.forEach(ProcessHandle::destroyForcibly);
        }
    }
}
