package dev.vmsnap.lab.node;

import java.util.List;

/**
 * The NFS server of a node, for version 3 and 4. A server that comes back lets its clients go on after ten seconds, not after
 * the usual ninety, in which it waits for those who had locks.
 */
public final class NfsServer {
    private static final String START = """
            mountpoint -q /proc/fs/nfsd || {
                rpcbind; rpc.statd --no-notify
                modprobe nfsd; mount -t nfsd nfsd /proc/fs/nfsd
                rpc.mountd
            }
            [ "$(cat /proc/fs/nfsd/threads)" != 0 ] || {
                echo 10 >/proc/fs/nfsd/nfsv4leasetime; echo 10 >/proc/fs/nfsd/nfsv4gracetime
                rpc.nfsd 4
            }
            """;

    private final LabNode node;

    private NfsServer(LabNode node) {
        this.node = node;
    }

    /** Starts the server of a node, unless it runs. */
    public static NfsServer on(LabNode node) {
        NfsServer server = new NfsServer(node);
        server.start();
        return server;
    }

    /** Lets clients in again after {@link #stop}. */
    public void start() {
        node.run("sh", "-c", START);
    }

    /** Answers nobody any more; what is exported stays so. */
    public void stop() {
        node.run("rpc.nfsd", "0");
    }

    /**
     * Exports a directory, which is made, to every node.
     *
     * @param options such as {@code rw}, {@code no_root_squash}
     * @return what clients mount
     */
    public String export(String directory, String... options) {
        node.run("mkdir", "-p", directory);
        node.run(
                "exportfs",
                "-o",
                String.join(",", List.of("no_subtree_check", String.join(",", options))),
                "*:" + directory);
        return node.address() + ":" + directory;
    }

    /** Takes an export back: whoever has it mounted has a stale handle. */
    public void unexport(String directory) {
        node.run("exportfs", "-u", "*:" + directory);
    }
}
