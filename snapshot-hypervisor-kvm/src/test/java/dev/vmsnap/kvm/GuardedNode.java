package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.spi.Commands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** This machine as a node on which guards run as real processes, with programs of the test's in front of its own. */
final class GuardedNode {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration POLL = Duration.ofMillis(20);

    private final Path directory;
    private final Path bin;

    GuardedNode(Path directory) throws IOException {
        this.directory = directory;
        this.bin = Files.createDirectory(directory.resolve("bin"));
    }

    /** Commands that find the test's programs first, and else those in that path. */
    Commands commands(String path) {
        LocalCommands local = new LocalCommands();
        return command -> {
            List<String> arguments = new ArrayList<>(List.of("env", "PATH=" + bin + ":" + path));
            arguments.addAll(command.arguments());
            return local.run(
                    Commands.Command.of(arguments.toArray(String[]::new)).within(command.timeout()));
        };
    }

    String place() {
        return directory.resolve("it's a $(place)").toString();
    }

    void program(String name, String text) {
        try {
            Path file = Files.writeString(bin.resolve(name), text);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Guards that live, by what only they have on their command line. */
    List<ProcessHandle> processes() {
        return ProcessHandle.allProcesses()
                .filter(process -> Optional.ofNullable(
                                process.info().arguments().orElse(null))
                        .stream()
                        .flatMap(Stream::of)
                        .anyMatch(argument -> argument.startsWith(place())))
                .toList();
    }

    List<String> files() {
        try (Stream<Path> all = Files.list(directory)) {
            return all.map(Path::toString)
                    .filter(file -> file.startsWith(place()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long lines(String file) {
        try {
            Path path = directory.resolve(file);
            return Files.exists(path) ? Files.readAllLines(path).size() : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replaces a file of the test's at once, so that a program never reads half of it. */
    void set(String file, String text) {
        try {
            Path fresh = Files.writeString(directory.resolve(file + ".new"), text);
            Files.move(fresh, directory.resolve(file), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void clear(String file) {
        try {
            Files.delete(directory.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void end() {
        processes().forEach(ProcessHandle::destroyForcibly);
        await(() -> processes().isEmpty());
    }

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("deadline").isLessThan(end);
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    static void failsFor(Reason reason, String words, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(words);
    }
}
