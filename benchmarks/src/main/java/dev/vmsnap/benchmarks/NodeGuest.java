package dev.vmsnap.benchmarks;

import dev.vmsnap.VmId;
import dev.vmsnap.lab.guest.GuestDisk;
import dev.vmsnap.lab.guest.TickerGuest;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.NodeTicker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** A guest on a node with disks of one kind, which go with it. */
final class NodeGuest implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int COUNTED_DISKS = 3;

    private final LabNode node;
    private final Kind kind;
    private final List<GuestDisk> disks;
    private final NodeTicker ticker;

    NodeGuest(LabNode node, Kind kind, int count, int mebibytes) {
        this.node = node;
        this.kind = kind;
        this.disks = IntStream.range(0, count)
                .mapToObj(i -> kind.make(node, "benchmark" + i, mebibytes))
                .toList();
        this.ticker = NodeTicker.of(node, guest(disks)).createDisks().define();
    }

    /** The ticker itself counts on three disks at most; it has the others too. */
    private static TickerGuest guest(List<GuestDisk> disks) {
        int counted = Math.min(disks.size(), COUNTED_DISKS);
        StringBuilder more = new StringBuilder();
        for (int i = counted; i < disks.size(); i++) {
            GuestDisk disk = disks.get(i);
            more.append("<disk type='%s' device='disk'><driver name='qemu' type='%s'/>"
                    .formatted(disk.isDevice() ? "block" : "file", disk.format().qemuName()));
            more.append("<source %s='%s'/><target dev='%s' bus='virtio'/></disk>"
                    .formatted(disk.isDevice() ? "dev" : "file", disk.file(), TickerGuest.target(i)));
        }
        return TickerGuest.in(Path.of(Kind.FILES), "benchmark", counted)
                .withDisks(disks.subList(0, counted))
                .withMoreDevices(more.toString());
    }

    VmId vm() {
        return VmId.of(ticker.uuid());
    }

    void start() {
        ticker.start(PATIENCE);
    }

    /** The bare commands of a verb, for all disks. */
    List<String> byHand(Kind.Verb verb) {
        return disks.stream().flatMap(disk -> kind.byHand(verb, disk).stream()).toList();
    }

    void powerOff() {
        ticker.destroy();
    }

    @Override
    public void close() {
        ticker.remove();
        disks.forEach(disk -> kind.remove(node, disk));
    }
}
