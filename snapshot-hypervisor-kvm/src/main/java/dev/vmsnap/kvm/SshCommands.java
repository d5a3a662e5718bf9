package dev.vmsnap.kvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands on another machine by OpenSSH, over one connection that is kept for a while. Never asks for anything:
 * the user's own keys, agent and configuration must do. A command that is not watched has no session of its own: a shell there runs one after the
 * other.
 *
 * <p>A command that takes too long is given up here; it may go on there, unless somebody was told what it prints
 * ({@link Lifeline}).
 */
final class SshCommands implements ByteCommands, AutoCloseable {
    // A socket's name has up to 107 bytes, and OpenSSH appends 17 while it makes one.
    private static final int LONGEST_SOCKET = 107 - 17;

    private static final int SSH_FAILED = 255;
    private static final Set<PosixFilePermission> PROGRAM_MODE = PosixFilePermissions.fromString("rwx------");
    private static final Duration GOODBYE = Duration.ofSeconds(5);

    private static final Duration CONNECT = Duration.ofSeconds(20);
    private static final Duration PERSIST = Duration.ofSeconds(60);
    private static final Duration SURELY_SHARED = PERSIST.minusSeconds(10);
    private static final int SMALL = 1 << 16;

    private final NodeUri.Ssh to;
    private final Programs local;
    private final RemoteShells shells;
    private @Nullable Path directory;
    private @Nullable Future<Output> opening;
    private boolean shared;
    private long lastShared;
    private boolean closed;

    SshCommands(NodeUri.Ssh to, Programs local) {
        this.to = to;
        this.local = local;
        this.shells = new RemoteShells(() -> new RemoteShell(local.start(ssh(RemoteShell.PROGRAM))), PERSIST);
    }

    @Override
    public Output run(List<String> arguments, byte[] input, Duration timeout, int outputLimit) {
        long end = System.nanoTime() + timeout.toNanos();
        share(timeout);
        Duration left = Duration.ofNanos(end - System.nanoTime());
        if (!RemoteShell.takes(input)) {
            return found(arguments, attempt(Errand.plain(ssh(remoteLine(arguments)), input, left, outputLimit)));
        }
        RemoteShells.Ending ending = shells.run(arguments, input, left, outputLimit);
        noteSharing(!ending.cut());
        if (ending.cut()) {
            throw unreachable(ending.output());
        }
        return found(arguments, ending.output());
    }

    @Override
    public Result run(Command command, Predicate<String> wanted) {
        long end = System.nanoTime() + command.timeout().toNanos();
        share(command.timeout());
        Duration left = Duration.ofNanos(end - System.nanoTime());
        byte[] input = command.input().getBytes(StandardCharsets.UTF_8);
        List<String> ssh = ssh(remoteLine(Lifeline.of(command.arguments(), input.length)));
        Errand errand = Errand.watched(ssh, input, left, command.outputLimit(), wanted);
        return found(command.arguments(), attempt(errand)).result();
    }

    private Output found(List<String> arguments, Output output) {
        output.result().missingProgram(arguments.get(0)).ifPresent(program -> {
            throw Failures.program(program, "node " + to.host());
        });
        return output;
    }

    private Output attempt(Errand errand) {
        Output output = local.run(errand);
        boolean failed = output.exitCode() == SSH_FAILED;
        noteSharing(!failed);
        if (failed) {
            throw unreachable(output);
        }
        return output;
    }

    private synchronized void noteSharing(boolean works) {
        shared = works;
        lastShared = System.nanoTime();
    }

    private DriverException unreachable(Output output) {
        // As ssh says it of itself: with the ways that it tried in parentheses.
        Reason reason = output.errors().contains("Permission denied (") ? Reason.DENIED : Reason.UNREACHABLE;
        return Failures.of(reason, "ssh " + to.host() + ": " + output.errors());
    }

    /**
     * Makes the shared connection when there may be none. Whoever comes meanwhile waits for it: a server turns strangers
     * away when many knock at once.
     */
    private void share(Duration timeout) {
        Future<Output> connection;
        synchronized (this) {
            if (shared && System.nanoTime() - lastShared < SURELY_SHARED.toNanos()) {
                return;
            }
            if (opening == null || opening.isDone()) {
                opening = Workers.submit(() -> attempt(Errand.plain(ssh("exit 0"), new byte[0], CONNECT, SMALL)));
            }
            connection = opening;
        }
        Workers.await("ssh " + to.host(), timeout, connection);
    }

    /** The line that the login shell there takes apart into exactly these arguments again. */
    static String remoteLine(List<String> arguments) {
        return "exec env LC_ALL=C LVM_SUPPRESS_FD_WARNINGS=1 "
                + arguments.stream().map(SshCommands::quoted).collect(Collectors.joining(" "));
    }

    /** One argument as one word of a POSIX shell. */
    static String quoted(String argument) {
        return "'" + argument.replace("'", "'\\''") + "'";
    }

    /** The program that ssh is here, with what holds for every connection to a node. */
    private static List<String> unattended(NodeUri.Ssh to) {
        List<String> ssh = new ArrayList<>(List.of(
                to.program().orElse("ssh"),
                "-T",
                "-x",
                "-e",
                "none",
                "-o",
                "BatchMode=yes",
                "-o",
                "ConnectTimeout=10",
                "-o",
                "ServerAliveInterval=5",
                "-o",
                "ServerAliveCountMax=3"));
        ssh.addAll(to.options());
        return ssh;
    }

    /** One connection for all commands, by a socket in a directory of ours; none where the socket's name is too long. */
    static List<String> sharing(Path directory) {
        String socket = directory.resolve("c").toString();
        if (socket.getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET) {
            return List.of("-o", "ControlPath=none");
        }
        // OpenSSH expands % in this option.
        return List.of(
                "-o",
                "ControlMaster=auto",
                "-o",
                "ControlPersist=" + PERSIST.toSeconds(),
                "-o",
                "ControlPath=" + socket.replace("%", "%%"));
    }

    private List<String> ssh(String line) {
        List<String> ssh = ssh();
        ssh.addAll(List.of("--", to.host(), line));
        return ssh;
    }

    private List<String> ssh() {
        List<String> ssh = unattended(to);
        ssh.addAll(sharing(directory()));
        return ssh;
    }

    /** Fails if this machine has no ssh. libvirt 9.0 loses the message about that in two of three attempts. */
    void requireProgram() {
        local.require(to.program().orElse("ssh"));
    }

    /**
     * Returns a program that goes the same way as the commands when libvirt runs it in place of ssh. libvirt hands over
     * everything but what it has to know of the host's key.
     */
    synchronized Path program() {
        Path program = directory().resolve("ssh");
        if (!Files.exists(program)) {
            String line = unattended(to).stream().map(SshCommands::quoted).collect(Collectors.joining(" "));
            try {
                Path temporary = Files.createTempFile(
                        directory(), "ssh", "", PosixFilePermissions.asFileAttribute(PROGRAM_MODE));
                Files.writeString(temporary, "#!/bin/sh\nexec " + line + " \"$@\"\n");
                Files.move(temporary, program, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw Failures.of(Reason.BROKEN, "no place for a program for libvirt: " + e.getMessage(), e);
            }
        }
        return program;
    }

    private synchronized Path directory() {
        if (closed) {
            throw Failures.of(Reason.UNREACHABLE, "the driver is closed");
        }
        try {
            if (directory == null || !Files.isDirectory(directory)) {
                directory = Files.createTempDirectory("vmsnap-ssh");
            }
            return directory;
        } catch (IOException e) {
            throw Failures.of(Reason.BROKEN, "no place for ssh's socket: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        shells.close();
        if (directory != null) {
            List<String> ssh = ssh();
            ssh.addAll(List.of("-O", "exit", "--", to.host()));
            closed = true;
            try {
                local.run(Errand.plain(ssh, new byte[0], GOODBYE, SMALL));
            } finally {
                deleteQuietly(directory);
            }
        }
        closed = true;
    }

    /** Deletes the directory and the socket in it, which ssh may be a moment late to delete itself. */
    private static void deleteQuietly(Path directory) {
        try (DirectoryStream<Path> sockets = Files.newDirectoryStream(directory)) {
            for (Path socket : sockets) {
                Files.deleteIfExists(socket);
            }
            Files.deleteIfExists(directory);
        } catch (IOException stillInUse) {
            return;
        }
    }
}
