package dev.vmsnap.cli;

import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.storage.file.FileStorage;
import dev.vmsnap.store.jdbc.JdbcStore;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executors;

/** The real thing: KVM nodes through libvirt, disks in files, records in SQLite. */
final class LibvirtConnections implements Connections.Opener {

    @Override
    public Connections open(GlobalOptions options, Terminal terminal) {
        Map<String, HypervisorDriver> nodes = new LinkedHashMap<>();
        options.nodes().forEach((name, uri) -> nodes.put(name, hypervisor(uri)));
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .storage(new FileStorage())
                .store(JdbcStore.sqlite(options.store(terminal.environment())))
                .clock(terminal.clock())
                .executor(Executors.newSingleThreadExecutor(LibvirtConnections::worker));
        nodes.forEach(builder::node);
        return new Connections(builder.build(), nodes);
    }

    private static HypervisorDriver hypervisor(String uri) {
        try {
            return KvmHypervisor.connect(uri);
        } catch (IllegalArgumentException e) {
            throw new UsageException("'" + uri + "' is no node: " + e.getMessage());
        }
    }

    private static Thread worker(Runnable work) {
        Thread thread = new Thread(work, "operation");
        thread.setDaemon(true);
        return thread;
    }
}
