package dev.vmsnap.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a driver and its libvirt daemon, passes every message on, and loses one: a call before the daemon gets
 * it, or the answer to it. The connection breaks then, as with a daemon that was silent for too long.
 */
final class LibvirtRelay implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final int LENGTH_BYTES = 4;
    private static final int PROGRAM_AT = 4;
    private static final int PROCEDURE_AT = 12;
    private static final int SERIAL_AT = 20;
    private static final int LIBVIRT = 0x20008086;
    private static final int QEMU = 0x20008087;

    private final Path daemon;
    private final Path here;
    private final ServerSocketChannel server;
    private volatile @Nullable Procedure lostCall;
    private volatile @Nullable Procedure lostAnswer;

    /** Calls of libvirt's protocol, by their numbers in {@code remote_protocol.x} and {@code qemu_protocol.x}. */
    enum Procedure {
        START_WITH(LIBVIRT, 10, ""),
        DEFINE(LIBVIRT, 11, ""),
        RESUME(LIBVIRT, 28, ""),
        START(LIBVIRT, 196, ""),
        LOAD_RAM(QEMU, 1, "snapshot-load");

        private final int program;
        private final int number;
        private final String content;

        Procedure(int program, int number, String content) {
            this.program = program;
            this.number = number;
            this.content = content;
        }

        boolean is(ByteBuffer call) {
            return call.getInt(PROGRAM_AT) == program
                    && call.getInt(PROCEDURE_AT) == number
                    && new String(call.array(), StandardCharsets.ISO_8859_1).contains(content);
        }
    }

    private LibvirtRelay(Path daemon, Path here) throws IOException {
        this.daemon = daemon;
        this.here = here;
        this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(here));
        start(this::accept);
    }

    /** Starts one in front of the lab's daemon; gone after the test. */
    static LibvirtRelay of(Lab lab) {
        try {
            String uri = lab.uri();
            Path daemon = Path.of(uri.substring(uri.indexOf("socket=") + "socket=".length()));
            LibvirtRelay relay = new LibvirtRelay(daemon, lab.directory().resolve("relay" + NUMBER.incrementAndGet()));
            lab.cleanUp(relay::close);
            return relay;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String uri() {
        return "qemu:///system?socket=" + here;
    }

    /** Loses the next call, which the daemon never gets. */
    void loseCall(Procedure procedure) {
        lostCall = procedure;
    }

    /** Loses the answer to the next call, which the daemon carries out. */
    void loseAnswer(Procedure procedure) {
        lostAnswer = procedure;
    }

    /** Whether what was to be lost is lost. */
    boolean hasLost() {
        return lostCall == null && lostAnswer == null;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() throws IOException {
        while (true) {
            SocketChannel client = server.accept();
            SocketChannel node = SocketChannel.open(UnixDomainSocketAddress.of(daemon));
            Connection connection = new Connection();
            start(() -> pass(client, node, connection::losesCall));
            start(() -> pass(node, client, connection::losesAnswer));
        }
    }

    private static void pass(SocketChannel from, SocketChannel to, Predicate<ByteBuffer> lost) throws IOException {
        try (from;
                to) {
            for (ByteBuffer message = read(from); message.hasRemaining(); message = read(from)) {
                if (lost.test(message)) {
                    return;
                }
                while (message.hasRemaining()) {
                    to.write(message);
                }
            }
        }
    }

    /** One connection, on which an answer has the serial number of its call. */
    private final class Connection {
        private static final int NONE = -1;

        private int unanswered = NONE;

        boolean losesCall(ByteBuffer call) {
            synchronized (LibvirtRelay.this) {
                Procedure answer = lostAnswer;
                if (answer != null && answer.is(call)) {
                    unanswered = call.getInt(SERIAL_AT);
                }
                Procedure wanted = lostCall;
                if (wanted == null || !wanted.is(call)) {
                    return false;
                }
                lostCall = null;
                return true;
            }
        }

        boolean losesAnswer(ByteBuffer answer) {
            synchronized (LibvirtRelay.this) {
                Procedure wanted = lostAnswer;
                boolean lost = wanted != null
                        && unanswered == answer.getInt(SERIAL_AT)
                        && answer.getInt(PROGRAM_AT) == wanted.program
                        && answer.getInt(PROCEDURE_AT) == wanted.number;
                if (lost) {
                    lostAnswer = null;
                }
                return lost;
            }
        }
    }

    /** One message, which begins with its own length; empty at the end. */
    private static ByteBuffer read(SocketChannel from) throws IOException {
        ByteBuffer length = ByteBuffer.allocate(LENGTH_BYTES);
        if (!fill(length, from)) {
            return ByteBuffer.allocate(0);
        }
        ByteBuffer message = ByteBuffer.allocate(length.getInt(0)).putInt(length.getInt(0));
        return fill(message, from) ? message.flip() : ByteBuffer.allocate(0);
    }

    private static boolean fill(ByteBuffer buffer, SocketChannel from) throws IOException {
        while (buffer.hasRemaining()) {
            if (from.read(buffer) < 0) {
                return false;
            }
        }
        return true;
    }

    /** Work that ends with its connection. */
    private interface Work {
        void run() throws IOException;
    }

    private static void start(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // The connection is over.
                        return;
                    }
                },
                "libvirt-relay");
        thread.setDaemon(true);
        thread.start();
    }
}
