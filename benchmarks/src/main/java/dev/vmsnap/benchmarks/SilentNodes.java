package dev.vmsnap.benchmarks;

import dev.vmsnap.Actor;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.core.SnapshotEngine;
import dev.vmsnap.kvm.KvmHypervisor;
import dev.vmsnap.testkit.Datacenter;
import dev.vmsnap.testkit.Faults.Call;
import dev.vmsnap.testkit.Faults.Point;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Measures a create and a delete of one VM on each of 47 nodes in memory, beside three more such nodes and beside three KVM
 * nodes whose port accepts connections and never answers, in turns.
 */
public final class SilentNodes implements AutoCloseable {
    private static final int WELL = 47;
    private static final int OTHERS = 3;
    private static final double MILLISECOND = 1e6;
    private static final Actor ADMIN = Actor.administrator("benchmark");

    private final Datacenter datacenter = new Datacenter();
    private final List<VmId> vms = new ArrayList<>();
    private final VmSnapshots snapshots;

    private SilentNodes(int silentPort) {
        SnapshotEngine.Builder builder = SnapshotEngine.builder()
                .storage(datacenter.inImage())
                .store(datacenter.store())
                .clock(datacenter.clock());
        for (int number = 0; number < WELL; number++) {
            String name = "node-" + number;
            builder.node(name, datacenter.node(name));
            // A KVM node is only asked for ids that are UUIDs.
            String id = new UUID(0, number + 1).toString();
            vms.add(datacenter.node(name).withVm(id, "vda").id());
        }
        for (int number = WELL; number < WELL + OTHERS; number++) {
            String name = "node-" + number;
            builder.node(
                    name,
                    silentPort == 0
                            ? datacenter.node(name)
                            : KvmHypervisor.connect("qemu+ssh://root@127.0.0.1:" + silentPort + "/system"));
        }
        snapshots = builder.build();
    }

    /**
     * Measures and prints.
     *
     * @param arguments how often each round is measured
     * @throws IOException if no port can be opened
     */
    public static void main(String[] arguments) throws IOException {
        int rounds = Integer.parseInt(arguments[0]);
        try (ServerSocket port = new ServerSocket(0, WELL, InetAddress.getLoopbackAddress());
                SilentNodes well = new SilentNodes(0);
                SilentNodes silent = new SilentNodes(port.getLocalPort())) {
            long first = silent.verbs(0);
            long second = silent.verbs(0);
            well.round();
            silent.round();
            List<Long> wells = new ArrayList<>();
            List<Long> silents = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                wells.add(well.round());
                silents.add(silent.round());
            }
            System.out.printf(
                    "first create and delete beside silent nodes: %.0f ms, the next: %.0f ms%n",
                    first / MILLISECOND, second / MILLISECOND);
            System.out.printf(
                    "%d creates and deletes: all nodes well %.1f ms, three silent %.1f ms, ratio %.2f%n",
                    WELL,
                    median(wells) / MILLISECOND,
                    median(silents) / MILLISECOND,
                    (double) median(silents) / median(wells));
            System.out.printf(
                    "searches of nodes in memory for one create and delete: all nodes well %d, three silent %d%n",
                    well.searches(), silent.searches());
        }
    }

    private long round() {
        long time = 0;
        for (int vm = 0; vm < WELL; vm++) {
            time += verbs(vm);
        }
        return time;
    }

    private long verbs(int number) {
        long begin = System.nanoTime();
        VmId vm = vms.get(number);
        Snapshot snapshot =
                snapshots.create(vm, SnapshotSpec.named("measured"), ADMIN).await();
        snapshots.delete(vm, snapshot.id(), ADMIN).await();
        return System.nanoTime() - begin;
    }

    private long searches() {
        datacenter.faults().forgetCalls();
        verbs(1);
        return datacenter.faults().calls().stream()
                .map(Call::point)
                .filter(point -> point == Point.HYPERVISOR_FIND)
                .count();
    }

    private static long median(List<Long> times) {
        return times.stream().sorted().skip(times.size() / 2).findFirst().orElseThrow();
    }

    @Override
    public void close() {
        snapshots.close();
    }
}
