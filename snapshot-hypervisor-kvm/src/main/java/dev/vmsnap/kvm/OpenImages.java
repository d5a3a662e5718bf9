package dev.vmsnap.kvm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription.Disk;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The disks of an active VM and the images that QEMU has open for them.
 *
 * @param disks by target
 * @param nodes the images that can hold snapshots, by target
 * @param unclear the driver that hides the image of a disk, by target
 */
record OpenImages(Map<String, Disk> disks, Map<String, BlockNode> nodes, Map<String, String> unclear) {
    static OpenImages read(Monitor qemu, VmId vm) {
        DomainXml live = qemu.live(vm);
        JsonElement devices = qemu.query(vm, "query-block", Link.SHORT).orThrow();
        Map<String, Disk> disks = live.disks().stream()
                .collect(Collectors.toMap(Disk::target, Function.identity(), (a, b) -> a, LinkedHashMap::new));
        Map<String, JsonObject> inserted = BlockNode.inserted(live.aliases(), devices);
        BlockGraph graph = inserted.entrySet().stream()
                        .allMatch(entry -> isPlain(Optional.ofNullable(disks.get(entry.getKey())), entry.getValue()))
                ? BlockGraph.NONE
                : graph(qemu, vm);
        Map<String, BlockNode> nodes = new LinkedHashMap<>();
        Map<String, String> unclear = new LinkedHashMap<>();
        inserted.forEach((target, node) -> {
            BlockGraph.Below below = graph.below(node);
            if (below instanceof BlockGraph.Below.Image image) {
                nodes.put(target, BlockNode.of(target, node, image.node()));
            } else if (below instanceof BlockGraph.Below.Unclear hidden) {
                unclear.put(target, hidden.driver());
            }
        });
        return new OpenImages(disks, nodes, unclear);
    }

    List<OpenImage> all() {
        return nodes.entrySet().stream()
                .flatMap(
                        entry -> Optional.ofNullable(disks.get(entry.getKey()))
                                .map(disk -> new OpenImage(disk, entry.getValue()))
                                .stream())
                .toList();
    }

    /** Why an image cannot be told, by target. */
    Map<String, String> hidden() {
        Map<String, String> why = new LinkedHashMap<>();
        unclear.forEach((target, driver) -> why.put(target, hidden(target, driver)));
        return why;
    }

    private static String hidden(String target, String driver) {
        return "QEMU has a node of driver " + driver + " in front of disk " + target
                + ", and which image lies below it cannot be determined";
    }

    /** The image of a disk, if it has one that holds snapshots. */
    Optional<BlockNode> node(String target) {
        String driver = unclear.get(target);
        if (driver != null) {
            throw Failures.of(Reason.IN_USE, hidden(target, driver));
        }
        return Optional.ofNullable(nodes.get(target));
    }

    /** The image of a volume by its file, under whichever name the guest sees it now. */
    Optional<OpenImage> open(Volume volume) {
        return disk(volume).flatMap(disk -> node(disk.target()).map(node -> new OpenImage(disk, node)));
    }

    /** The disk that has a volume, under whichever name the guest sees it now. */
    Optional<Disk> disk(Volume volume) {
        return disks.values().stream()
                .filter(disk -> disk.source().equals(Optional.of(volume.source())))
                .findFirst();
    }

    /** Whether the disk's first node is its image, or cannot have one that holds snapshots. */
    private static boolean isPlain(Optional<Disk> disk, JsonObject inserted) {
        return BlockGraph.holdsSnapshots(inserted) || disk.flatMap(Disk::format).equals(Optional.of("raw"));
    }

    private static BlockGraph graph(Monitor qemu, VmId vm) {
        JsonElement nodes =
                qemu.query(vm, "query-named-block-nodes", Link.SHORT).orThrow();
        Qmp.Reply graph = qemu.query(vm, "x-debug-query-block-graph", Link.SHORT);
        return BlockGraph.of(nodes, graph.error().isEmpty() ? Optional.of(graph.result()) : Optional.empty());
    }
}
