package dev.vmsnap.it.nas;

import dev.vmsnap.SettingsChoice;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.it.TickingHost;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NfsServer;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.nas.NasStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Node a exports two small file systems, node b has the first one mounted; guests of b have their disks there. */
final class NasLab implements BeforeEachCallback, AfterEachCallback {
    static final String MOUNT = "/mnt/it";

    private static final String GUESTS = "/var/lib/guests";
    private static final String EXPORT = "/srv/it";
    private static final String OTHER = "/srv/other";
    private static final String LIMITED = "/srv/limited";
    private static final int DISK_MIB = 64;
    private static final String FILE_SYSTEMS = """
            for name in "$@"; do
                mkdir -p "$name" && mount -t tmpfs -o size=96m tmpfs "$name" && mkdir "$name/vm" || exit
            done
            """;
    private static final String LIMIT = """
            set -e
            modprobe -a loop quota_v2
            truncate -s 32M "$1.img"; mkfs.ext4 -q -O quota "$1.img"
            mkdir -p "$1"; mount -o loop,usrquota "$1.img" "$1"; mkdir "$1/vm"
            setquota -u "$2" 0 "$3M" 0 0 "$1"
            """;
    private static final String LOCKS = "pidof rpcbind || rpcbind; pidof rpc.statd || rpc.statd --no-notify";
    private static final String HOLD = """
            rm -f /tmp/nothing; mkfifo /tmp/nothing
            qemu-io -f qcow2 "$1" <>/tmp/nothing >/dev/null 2>&1 &
            until grep -q OFDLCK /proc/locks; do kill -0 $! || exit 1; sleep 0.1; done
            echo $!
            """;
    private static final String CLEAN = """
            for guest in $(virsh -q list --all --name); do
                virsh -q destroy "$guest"; virsh -q undefine --managed-save --snapshots-metadata "$guest"
            done
            umount -l %s; rm -rf %s
            """.formatted(MOUNT, GUESTS);

    private final LabNodes nodes;
    private final List<Runnable> cleanups = new ArrayList<>();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private Path store = Path.of("");

    NasLab(LabNodes nodes) {
        this.nodes = nodes;
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        store = Files.createTempFile("vmsnap", ".db");
        server().run("sh", "-c", FILE_SYSTEMS, "sh", EXPORT, OTHER);
        nfs().export(EXPORT, "rw", "no_root_squash", "fsid=71");
        nfs().export(OTHER, "rw", "no_root_squash", "fsid=72");
        mount(client(), "hard");
    }

    /** Engines from now on have a new store. */
    void loseStore() throws IOException {
        Path lost = store;
        cleanups.add(0, () -> lost.toFile().delete());
        store = Files.createTempFile("vmsnap", ".db");
    }

    LabNode server() {
        return nodes.node("a");
    }

    LabNode client() {
        return nodes.node("b");
    }

    NfsServer nfs() {
        return NfsServer.on(server());
    }

    /** Mounts the first export on a node. */
    void mount(LabNode node, String... options) {
        mountExport(node, EXPORT, options);
    }

    /** Mounts the second export in the place of the first. */
    void swap(String... options) {
        unmount();
        mountExport(client(), OTHER, options);
    }

    /** Mounts the first export in NFS's version 3, with locks. */
    void mountVersionThree() {
        unmount();
        client().run("sh", "-c", LOCKS);
        mountExport(client(), EXPORT, "vers=3");
    }

    /** Mounts an export where a user has a quota of that much in the place of the first. */
    void limit(String user, int mebibytes) {
        unmount();
        server().run("sh", "-c", LIMIT, "sh", LIMITED, user, Integer.toString(mebibytes));
        nfs().export(LIMITED, "rw", "no_root_squash", "fsid=74");
        cleanups.add(0, () -> {
            client().attempt("umount", "-l", MOUNT);
            nfs().unexport(LIMITED);
            server().run("umount", LIMITED);
            server().run("rm", LIMITED + ".img");
        });
        mountExport(client(), LIMITED, "hard");
    }

    /** Lets a user take up a whole quota beside the guests' disks, or takes that away. */
    void useUp(String user, int mebibytes, boolean used) {
        String filler = LIMITED + "/filler";
        if (used) {
            server().run("fallocate", "-l", mebibytes + "M", filler);
            server().run("chown", user, filler);
        } else {
            server().run("rm", filler);
        }
    }

    void unmount() {
        client().run("umount", MOUNT);
    }

    /** The server exports the same directory as another one, or as it was: in between what clients have mounted is stale. */
    void stale(boolean stale) {
        nfs().unexport(EXPORT);
        nfs().export(EXPORT, "rw", "no_root_squash", stale ? "fsid=79" : "fsid=71");
    }

    private void mountExport(LabNode node, String export, String... options) {
        node.run(
                "sh",
                "-c",
                "mkdir -p \"$1\" && mount -t nfs -o \"$2\" \"$3\" \"$1\"",
                "sh",
                MOUNT,
                String.join(",", options),
                server().address() + ":" + export);
    }

    /** Lets others fill the first export to its last byte, or takes that away. */
    void fill(boolean full) {
        server().attempt("sh", "-c", full ? "cat /dev/zero >\"$1\"/filler" : "rm \"$1\"/filler", "sh", EXPORT);
    }

    /** Lets others fill the first export until that much is left. */
    void fillBut(int mebibytes) {
        String line = "fallocate -l $(($(stat -f -c '%a * %S' \"$1\") - ($2 << 20))) \"$1\"/filler";
        server().run("sh", "-c", line, "sh", EXPORT, Integer.toString(mebibytes));
    }

    /**
     * The server mounts its export itself, and opens a guest's disk there as a VM would.
     *
     * @return the process that has it open
     */
    String openOnTheServer(NodeTicker guest) {
        mount(server(), "hard");
        return server().run("sh", "-c", HOLD, "sh", disk(guest));
    }

    /** A guest of b's with one disk on the mount, or on b's own file system; it is off and its disk is empty. */
    NodeTicker guest(String name, boolean onNas) {
        String disk = (onNas ? MOUNT + "/vm/" : GUESTS + "/") + name + ".qcow2";
        client().run("mkdir", "-p", GUESTS);
        client().run("qemu-img", "create", "-q", "-f", "qcow2", disk, DISK_MIB + "M");
        return NodeTicker.of(
                        client(),
                        TickerGuest.in(Path.of(GUESTS), name, 1)
                                .withDisks(List.of(new GuestDisk(Path.of(disk), GuestDisk.Format.QCOW2, DISK_MIB))))
                .define();
    }

    /** A guest of b's with one disk on the mount, from which it can boot, and RAM of which that much is full. */
    NodeTicker bootable(String name, int filledMiB) {
        return bootable(name, filledMiB, image(name).pastCache());
    }

    /** One whose disk QEMU has in the page cache. */
    NodeTicker cached(String name, int filledMiB) {
        return bootable(name, filledMiB, image(name));
    }

    private NodeTicker bootable(String name, int filledMiB, GuestDisk disk) {
        TickerGuest guest = TickerGuest.in(Path.of(GUESTS), name, 1)
                .withDisks(List.of(disk))
                .withMemory(2 * filledMiB, filledMiB);
        return NodeTicker.of(client(), guest).createDisks().define();
    }

    private static GuestDisk image(String name) {
        return new GuestDisk(Path.of(MOUNT + "/vm/" + name + ".qcow2"), GuestDisk.Format.QCOW2, DISK_MIB);
    }

    /** The same guest on another node, which has a place for its log. */
    NodeTicker on(LabNode node, NodeTicker guest) {
        node.run("mkdir", "-p", GUESTS);
        return guest.on(node);
    }

    /** An engine for node b. */
    VmSnapshots engine(NasStorage storage, UnaryOperator<HypervisorDriver> between) {
        return engine(
                storage, builder -> builder.node("b", between.apply(KvmHypervisor.connect(client().uri()))), true);
    }

    /** An engine with nodes of one's own. */
    VmSnapshots engine(NasStorage storage, UnaryOperator<SnapshotEngine.Builder> more, boolean busy) {
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .storage(storage)
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(store));
        VmSnapshots engine =
                more.apply(busy ? builder.executor(workers) : builder).build();
        cleanups.add(engine::close);
        return engine;
    }

    /** Where the engines keep their records. */
    Path store() {
        return store;
    }

    /** Lets everything be done with a VM. */
    VmId opened(VmSnapshots snapshots, NodeTicker guest) {
        VmId vm = VmId.of(guest.uuid());
        snapshots.configure(vm, SettingsChoice.open().limit(20).allowRam(true), TickingHost.ADMIN);
        return vm;
    }

    /** Writes a byte to the start of a guest's disk, which is off. */
    void write(NodeTicker guest, int pattern) {
        client().run("qemu-io", "-f", "qcow2", "-c", "write -q -P " + pattern + " 0 64k", disk(guest));
    }

    /** Whether that byte is at the start of a guest's disk, which is off. */
    boolean holds(NodeTicker guest, int pattern) {
        return client().attempt("qemu-io", "-f", "qcow2", "-c", "read -q -P " + pattern + " 0 64k", disk(guest))
                        .exitCode()
                == 0;
    }

    /** What qemu-img lists of the snapshots in a guest's disk, which is off. */
    String snapshotsIn(NodeTicker guest) {
        return client().run("qemu-img", "snapshot", "-l", disk(guest));
    }

    /** Where a guest's disk is on its node. */
    static String disk(NodeTicker guest) {
        return guest.guest().disks().get(0).file().toString();
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        for (int i = cleanups.size() - 1; i >= 0; i--) {
            cleanups.get(i).run();
        }
        workers.shutdownNow();
        NfsServer nfs = nfs();
        client().attempt("sh", "-c", CLEAN);
        server().attempt("sh", "-c", CLEAN);
        nfs.unexport(EXPORT);
        nfs.unexport(OTHER);
        server().attempt("umount", "-l", EXPORT, OTHER);
        Files.deleteIfExists(store);
    }
}
