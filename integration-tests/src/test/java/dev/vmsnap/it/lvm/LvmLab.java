package dev.vmsnap.it.lvm;

import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Gives a test volumes on a node and engines that work there; guests, volumes and files of the test are gone after it. */
final class LvmLab implements BeforeEachCallback, AfterEachCallback {
    static final String GROUP = "vg_own";
    /** Where guests that have files have them, on a node. */
    static final String FILES = "/var/lib/guests";

    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final String CLEAN = "for guest in $(virsh -q list --all --name); do virsh -q destroy \"$guest\";"
            + " virsh -q undefine --managed-save --snapshots-metadata \"$guest\"; done;"
            + " rm -rf " + FILES + "; lvremove -q -y -ff " + GROUP;

    private final LabNodes nodes;
    private final List<String> names;
    private final List<Runnable> cleanups = new ArrayList<>();
    private Path directory = Path.of("");

    LvmLab(LabNodes nodes, String... names) {
        this.nodes = nodes;
        this.names = List.of(names);
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        directory = Files.createTempDirectory("vmsnap");
    }

    @Override
    public void afterEach(ExtensionContext context) {
        for (int i = cleanups.size() - 1; i >= 0; i--) {
            cleanups.get(i).run();
        }
        cleanups.clear();
        names.forEach(name -> node(name).attempt("sh", "-c", CLEAN));
        deleteTree(directory);
    }

    /** Runs something after the test, last in first out. */
    void cleanUp(Runnable work) {
        cleanups.add(work);
    }

    /** The node, the first if there are several. */
    LabNode node() {
        return node(names.get(0));
    }

    LabNode node(String name) {
        return nodes.node(name);
    }

    /** What there is in the first node's own groups. */
    Volumes volumes() {
        return Volumes.on(node()).own();
    }

    /** Runs LVM's commands on the node. */
    void lvm(String... commands) {
        Volumes.lvm(node(), commands);
    }

    /** Makes a logical volume and returns its device. */
    String thick(String name, int mebibytes) {
        lvm("lvcreate -q -y -L " + mebibytes + "m -n " + name + " " + GROUP);
        return "/dev/" + GROUP + "/" + name;
    }

    /** Makes a thin pool. */
    void pool(String name, int mebibytes) {
        lvm("lvcreate -q -y -L " + mebibytes + "m -T " + GROUP + "/" + name);
    }

    /** Makes a volume in a thin pool and returns its device. */
    String thin(String pool, String name, int mebibytes) {
        lvm("lvcreate -q -y -V " + mebibytes + "m -T -n " + name + " " + GROUP + "/" + pool);
        return "/dev/" + GROUP + "/" + name;
    }

    /** A name for a guest that no other test uses. */
    String newName() {
        return "ticker" + NUMBER.incrementAndGet();
    }

    /** Where the host keeps its records. */
    Path store() {
        return store("snapshots");
    }

    Path store(String name) {
        return directory.resolve(name + ".db");
    }

    /** An engine as a host wires it, for the first node and its own group; closed after the test. */
    VmSnapshots engine() {
        return engine(LvmStorage.inVolumeGroup(GROUP), builder -> builder);
    }

    VmSnapshots engine(StorageDriver storage, UnaryOperator<SnapshotEngine.Builder> more) {
        return engine(driver(), storage, store(), more);
    }

    /** An engine with something between it and the node. */
    VmSnapshots engine(HypervisorDriver driver, UnaryOperator<SnapshotEngine.Builder> more) {
        return engine(driver, LvmStorage.inVolumeGroup(GROUP), store(), more);
    }

    VmSnapshots engine(
            HypervisorDriver driver, StorageDriver storage, Path store, UnaryOperator<SnapshotEngine.Builder> more) {
        return closed(more.apply(SnapshotEngine.builder()
                        .node(names.get(0), driver)
                        .storage(storage)
                        .storage(new FileStorage())
                        .store(JdbcStore.sqlite(store)))
                .build());
    }

    /** A driver for the first node, to be closed by its engine. */
    HypervisorDriver driver() {
        return KvmHypervisor.connect(node().uri());
    }

    VmSnapshots closed(VmSnapshots engine) {
        cleanUp(engine::close);
        return engine;
    }

    /** Waits for what has to come. */
    static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + LvmHost.PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new IllegalStateException("no " + what + " within " + LvmHost.PATIENCE);
            }
            Thread.onSpinWait();
        }
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
