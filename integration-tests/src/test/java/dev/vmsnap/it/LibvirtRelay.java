package dev.vmsnap.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a driver and its libvirt daemon, passes every message on, and loses one: a call before the daemon gets
 * it, or the answer to it. The connection breaks then, as with a daemon that was silent for too long.
 */
final class LibvirtRelay implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final int LENGTH_BYTES = 4;
    private static final int PROCEDURE_AT = 12;
    private static final int NOTHING = -1;

    private final Path daemon;
    private final Path here;
    private final ServerSocketChannel server;
    private volatile int lostCall = NOTHING;
    private volatile int lostAnswer = NOTHING;

    /** Calls of libvirt's protocol, by their numbers in {@code remote_protocol.x}. */
    enum Procedure {
        DEFINE(11),
        REVERT(192),
        START(196);

        private final int number;

        Procedure(int number) {
            this.number = number;
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
        lostCall = procedure.number;
    }

    /** Loses the answer to the next call, which the daemon carries out. */
    void loseAnswer(Procedure procedure) {
        lostAnswer = procedure.number;
    }

    /** Whether what was to be lost is lost. */
    boolean hasLost() {
        return lostCall == NOTHING && lostAnswer == NOTHING;
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
            start(() -> pass(client, node, true));
            start(() -> pass(node, client, false));
        }
    }

    private void pass(SocketChannel from, SocketChannel to, boolean calls) throws IOException {
        try (from;
                to) {
            for (ByteBuffer message = read(from); message.hasRemaining(); message = read(from)) {
                if (isLost(message.getInt(PROCEDURE_AT), calls)) {
                    return;
                }
                while (message.hasRemaining()) {
                    to.write(message);
                }
            }
        }
    }

    private synchronized boolean isLost(int procedure, boolean call) {
        if (call && procedure == lostCall) {
            lostCall = NOTHING;
            return true;
        }
        if (!call && procedure == lostAnswer) {
            lostAnswer = NOTHING;
            return true;
        }
        return false;
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
