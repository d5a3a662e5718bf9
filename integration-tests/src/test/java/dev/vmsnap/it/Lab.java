package dev.vmsnap.it;

import dev.vmsnap.lab.guest.TickerGuest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Gives a test a libvirt daemon of its own with real QEMU guests. One daemon serves the whole run and is stopped at its
 * end; guests, mounts and files of a test are gone after it, or after its class when the lab is a static field.
 */
final class Lab implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final List<Runnable> cleanups = new ArrayList<>();
    private final String user;
    private Daemon daemon;
    private Path directory;
    private boolean ofClass;

    Lab() {
        this("");
    }

    private Lab(String user) {
        this.user = user;
    }

    /** A lab whose guests run as the user that libvirt's packages make for them, and not as root. */
    static Lab ofLibvirtsUser() {
        return new Lab("libvirt-qemu");
    }

    /**
     * The daemon of the run; ended by JUnit when the last test is over.
     *
     * @param user whom guests run as; empty for root
     */
    record Daemon(Path directory, String user) implements AutoCloseable {
        static Daemon start(String user) {
            try {
                Daemon daemon = new Daemon(Files.createTempDirectory("vmsnap"), user);
                daemon.control("start");
                return daemon;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String uri() {
            return Shell.run(script(), "uri", directory.toString());
        }

        /** As {@link Lab#daemon}. */
        void control(String verb) {
            Shell.run("env", "LAB_QEMU_USER=" + user, script(), verb, directory.toString());
        }

        @Override
        public void close() {
            control("stop");
            deleteTree(directory);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws IOException {
        ofClass = true;
        open(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        if (ofClass) {
            daemon("start");
        } else {
            open(context);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!ofClass) {
            close();
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    private void open(ExtensionContext context) throws IOException {
        daemon = context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent("libvirt" + user, key -> Daemon.start(user), Daemon.class);
        daemon("start");
        directory = Files.createDirectory(daemon.directory().resolve("t" + NUMBER.incrementAndGet()));
    }

    private void close() {
        for (int i = cleanups.size() - 1; i >= 0; i--) {
            cleanups.get(i).run();
        }
        cleanups.clear();
        deleteTree(directory);
    }

    /** An empty directory that guests can use. */
    Path directory() {
        return directory;
    }

    String uri() {
        return daemon.uri();
    }

    /** A second daemon, as on another node that sees the same files; gone after the test with its guests. */
    Daemon anotherDaemon() {
        Daemon other = Daemon.start("");
        cleanUp(other::close);
        return other;
    }

    /** Does something to the daemon: {@code start}, {@code restart}, {@code kill}, {@code freeze}, {@code thaw}. */
    void daemon(String verb) {
        daemon.control(verb);
    }

    /** A command that sees the daemon where libvirt's own programs look for it. */
    List<String> besideTheDaemon(String... command) {
        return Stream.concat(Stream.of(script(), "run", daemon.directory().toString()), Stream.of(command))
                .toList();
    }

    String virsh(String... arguments) {
        return Shell.run(Stream.concat(Stream.of("virsh", "-q", "-c", uri()), Stream.of(arguments))
                .toArray(String[]::new));
    }

    /** Runs something after the test, last in first out. */
    void cleanUp(Runnable work) {
        cleanups.add(work);
    }

    /** A name for a guest that no other test uses. */
    String newName() {
        return "ticker" + NUMBER.incrementAndGet();
    }

    /** Makes the disks of a guest and defines it, switched off. */
    void define(TickerGuest guest) {
        try {
            guest.createDisks();
            defineXml(guest.name(), guest.domainXml());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Defines a domain whose disks are there. */
    void defineXml(String name, String xml) {
        try {
            Path file = Files.writeString(directory.resolve(name + ".xml"), xml);
            virsh("define", file.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cleanUp(() -> {
            Shell.attempt("virsh", "-q", "-c", uri(), "destroy", name);
            Shell.attempt(
                    "virsh",
                    "-q",
                    "-c",
                    uri(),
                    "undefine",
                    name,
                    "--managed-save",
                    "--snapshots-metadata",
                    "--nvram",
                    "--tpm");
        });
    }

    /** Where the kernel and the first file system of scribes lie; made if they are not there. */
    static Path scribeSystem() {
        String said = Shell.run(Path.of(script()).resolveSibling("node/image").toString());
        return Path.of(said.substring(said.lastIndexOf('\n') + 1));
    }

    /** Mounts a new ext4 file system of that size below the test's directory. */
    Path smallFileSystem(int mebibytes) {
        try {
            Path image = directory.resolve("fs" + NUMBER.incrementAndGet() + ".img");
            Path mount = Files.createDirectory(directory.resolve("mnt" + NUMBER.get()));
            Shell.run("truncate", "-s", mebibytes + "M", image.toString());
            Shell.run("mkfs.ext4", "-q", "-F", "-m", "0", image.toString());
            Shell.run("mount", "-o", "loop", image.toString(), mount.toString());
            cleanUp(() -> Shell.run("umount", mount.toString()));
            return mount;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Mounts a new file system of that size, which takes no time, below the test's directory. */
    Path smallMemoryFileSystem(int mebibytes) {
        return memoryFileSystem((long) mebibytes << 20);
    }

    /** Mounts a new file system of that size, which takes up only what is written to it. */
    Path memoryFileSystem(long bytes) {
        try {
            Path mount = Files.createDirectory(directory.resolve("mem" + NUMBER.incrementAndGet()));
            Shell.run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", mount.toString());
            cleanUp(() -> Shell.run("umount", mount.toString()));
            return mount;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String script() {
        return root() + "/lab/libvirt";
    }

    /** The directory that holds all modules. */
    static String root() {
        Path here = Path.of("").toAbsolutePath();
        return (Files.exists(here.resolve("lab/libvirt")) ? here : here.getParent()).toString();
    }

    private static void deleteTree(Path top) {
        try (Stream<Path> files = Files.walk(top)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
