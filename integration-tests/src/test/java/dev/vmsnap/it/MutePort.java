package dev.vmsnap.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;

/** A port of this machine that accepts connections and never answers, as a node does whose services have stopped. */
final class MutePort implements AutoCloseable {
    private final ServerSocket server;
    private final List<Socket> connections = new ArrayList<>();

    private MutePort(ServerSocket server) {
        this.server = server;
        Thread thread = new Thread(this::accept, "mute-port");
        thread.setDaemon(true);
        thread.start();
    }

    /** Opens one; gone after the test. */
    static MutePort open(Lab lab) {
        try {
            MutePort port = new MutePort(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()));
            lab.cleanUp(port::close);
            return port;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The URI of a libvirt daemon that would be behind it. */
    String uri() {
        return "qemu+ssh://root@127.0.0.1:" + server.getLocalPort() + "/system";
    }

    /** How many connections came in. */
    synchronized int connections() {
        return connections.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = server.accept();
                synchronized (this) {
                    connections.add(connection);
                }
            }
        } catch (IOException closed) {
            return;
        }
    }

    @Override
    public synchronized void close() {
        try {
            server.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
