package dev.vmsnap.cli;

import dev.vmsnap.StoreException;
import dev.vmsnap.StoreException.Problem;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.SnapshotStore;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.storage.lvm.LvmStorage;
import dev.vmsnap.storage.nas.NasStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;

/** The real thing: KVM nodes through libvirt, disks in files, on network mounts and on LVM, records in SQLite. */
final class LibvirtConnections implements Connections.Opener {

    @Override
    public Connections open(GlobalOptions options, Terminal terminal) {
        Map<String, HypervisorDriver> nodes = new LinkedHashMap<>();
        options.nodes().forEach((name, uri) -> nodes.put(name, hypervisor(uri)));
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .storage(new FileStorage())
                .storage(nas(options.nas()))
                .store(expected(options, terminal))
                .clock(terminal.clock())
                .events(AuditLog.to(options.audit()))
                .executor(Executors.newSingleThreadExecutor(LibvirtConnections::worker));
        lvm(options.lvm()).ifPresent(builder::storage);
        nodes.forEach(builder::node);
        return new Connections(builder.build(), nodes);
    }

    @Override
    public Optional<SnapshotStore> records(GlobalOptions options, Terminal terminal) {
        return Optional.of(options.store(terminal.environment()))
                .filter(Files::isRegularFile)
                .map(JdbcStore::sqlite);
    }

    /** Opens the store. One that was named is expected to be there; a new one in its place knows no snapshot. */
    private static JdbcStore expected(GlobalOptions options, Terminal terminal) {
        Path file = options.store(terminal.environment());
        boolean missing = Files.notExists(file);
        boolean empty = missing || isEmpty(file);
        JdbcStore store = store(file);
        if (options.namesStore() && empty) {
            terminal.err()
                    .println("note: " + file + (missing ? " was not there" : " was empty")
                            + ", so a new store was made, which knows no snapshot; if one was lost, 'vmsnap rebuild' makes"
                            + " its records again");
        }
        return store;
    }

    private static boolean isEmpty(Path file) {
        try {
            return Files.size(file) == 0;
        } catch (IOException unreadable) {
            return false;
        }
    }

    /** The driver for all volume groups that were named; none for none. */
    static Optional<LvmStorage> lvm(LvmOptions options) {
        LvmStorage storage = null;
        try {
            for (String group : options.local()) {
                storage = storage == null ? LvmStorage.inVolumeGroup(group) : storage.andVolumeGroup(group);
            }
            for (String group : options.shared()) {
                storage = storage == null ? LvmStorage.inSharedVolumeGroup(group) : storage.andSharedVolumeGroup(group);
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("--lvm and --shared-lvm: " + e.getMessage() + ".");
        }
        if (storage == null && options.percent().isPresent()) {
            throw new UsageException("--lvm-snapshot-size wants --lvm or --shared-lvm.");
        }
        return Optional.ofNullable(storage)
                .map(lvm -> options.percent().isPresent()
                        ? lvm.snapshotSize(options.percent().getAsInt())
                        : lvm);
    }

    /** The driver for network mounts, told of what exports have become. */
    static NasStorage nas(NasOptions options) {
        NasStorage storage = new NasStorage();
        try {
            for (String names : options.same()) {
                int middle = names.indexOf('=');
                if (middle < 0) {
                    throw new UsageException("--same-export wants OLD=NEW, not '" + names + "'.");
                }
                storage = storage.sameExport(names.substring(0, middle), names.substring(middle + 1));
            }
            for (String export : options.abandoned()) {
                storage = storage.abandoned(export);
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("--same-export and --abandoned-export: " + e.getMessage() + ".");
        }
        return storage;
    }

    /** The database; a file that is none, or a place where none can be, is an error of the command line. */
    static JdbcStore store(Path file) {
        try {
            return JdbcStore.sqlite(file);
        } catch (StoreException e) {
            if (e.problem() == Problem.NOT_A_STORE || e.problem() == Problem.UNSUITABLE_PLACE) {
                throw new UsageException("--store: " + e.getMessage() + ". " + e.recovery());
            }
            throw e;
        }
    }

    private static HypervisorDriver hypervisor(String uri) {
        try {
            return KvmHypervisor.connect(uri);
        } catch (IllegalArgumentException e) {
            throw new UsageException("--connect and --node: " + e.getMessage() + ".");
        }
    }

    private static Thread worker(Runnable work) {
        Thread thread = new Thread(work, "operation");
        thread.setDaemon(true);
        return thread;
    }
}
