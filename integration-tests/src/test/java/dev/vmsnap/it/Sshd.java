package dev.vmsnap.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

/** An OpenSSH server of the test's own on a port of this machine, with keys that nobody else has. */
final class Sshd {
    private static final Path PROGRAM = Path.of("/usr/sbin/sshd");
    private static final Path EMPTY = Path.of("/run/sshd");

    private final Lab lab;
    private final Path directory;
    private final int port;
    private Process process;

    private Sshd(Lab lab, Path directory, int port) {
        this.lab = lab;
        this.directory = directory;
        this.port = port;
    }

    /** Starts a server that ends with the test, and everything that came in by it too. */
    static Sshd start(Lab lab) {
        try {
            if (!Files.exists(EMPTY)) {
                // Where Debian's sshd locks itself up; else made by its service.
                Files.createDirectory(EMPTY);
                lab.cleanUp(() -> Shell.run("rmdir", EMPTY.toString()));
            }
            Path directory = Files.createDirectory(
                    lab.directory().resolve("ssh d"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Sshd sshd = new Sshd(lab, directory, freePort());
            sshd.prepare();
            lab.cleanUp(sshd::kill);
            sshd.start();
            return sshd;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void prepare() throws IOException {
        for (String name : List.of("host", "user", "stranger")) {
            Shell.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file(name));
        }
        Files.copy(Path.of(file("user.pub")), Path.of(file("authorized")));
        Files.writeString(
                Path.of(file("known hosts")),
                "[127.0.0.1]:" + port + " " + Files.readString(Path.of(file("host.pub"))));
        Files.writeString(
                Path.of(file("known others")),
                "[127.0.0.1]:" + port + " " + Files.readString(Path.of(file("stranger.pub"))));
        Path config = Files.writeString(Path.of(file("config")), """
                ListenAddress 127.0.0.1:%d
                HostKey "%s"
                AuthorizedKeysFile "%s"
                AuthenticationMethods publickey
                PermitRootLogin prohibit-password
                MaxAuthTries 2
                StrictModes no
                UsePAM no
                PermitUserRC no
                PidFile none
                """.formatted(port, file("host"), file("authorized")));
        // Newer servers shut out for a while who failed to log in, as tests do on purpose; older ones refuse the word.
        if (Shell.run(PROGRAM.toString(), "-T", "-f", config.toString()).contains("\npersourcepenalties ")) {
            Files.writeString(config, "PerSourcePenalties no\n", StandardOpenOption.APPEND);
        }
    }

    /** Starts it, again or for the first time, on the same port with the same keys. */
    void start() {
        try {
            process = new ProcessBuilder(lab.besideTheDaemon(PROGRAM.toString(), "-D", "-e", "-f", file("config")))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(
                            Path.of(file("log")).toFile()))
                    .start();
            long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!answers()) {
                if (!process.isAlive() || System.nanoTime() > end) {
                    throw new IllegalStateException("sshd does not answer: " + log());
                }
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it with all connections and everything that runs behind them. */
    void kill() {
        List<ProcessHandle> sessions = process.descendants().toList();
        process.destroyForcibly().onExit().join();
        sessions.forEach(ProcessHandle::destroyForcibly);
        sessions.forEach(session -> session.onExit().join());
    }

    /** How many commands whose lines end so run behind its connections. */
    long running(String end) {
        return process.descendants()
                .filter(child -> child.info().commandLine().orElse("").endsWith(end))
                .count();
    }

    String log() throws IOException {
        return Files.readString(Path.of(file("log")));
    }

    /** The URI of the lab's daemon behind this server, known by its key, with the user's key. */
    String uri() {
        return uri(port, "user", "known hosts");
    }

    String uri(int anyPort, String key, String known) {
        String socket = lab.uri().substring(lab.uri().indexOf('?') + 1);
        return uriOfTheUsualSocket(anyPort, key, known) + "&" + socket;
    }

    /** The same without the place of the socket: libvirt then has its own program there in place of netcat. */
    String uriOfTheUsualSocket() {
        return uriOfTheUsualSocket(port, "user", "known hosts");
    }

    private String uriOfTheUsualSocket(int anyPort, String key, String known) {
        return "qemu+ssh://root@127.0.0.1:" + anyPort + "/system?keyfile=" + encoded(file(key)) + "&known_hosts="
                + encoded(file(known));
    }

    int port() {
        return port;
    }

    /** A port on which nobody listens. */
    static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
            return socket.getInputStream().read() == 'S';
        } catch (IOException notYet) {
            return false;
        }
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
