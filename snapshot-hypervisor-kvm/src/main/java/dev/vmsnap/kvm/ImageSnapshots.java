package dev.vmsnap.kvm;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.VmDescription.Disk;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Snapshots inside the images of an active VM, by QEMU's own commands. What QEMU says is done is looked at again. */
final class ImageSnapshots {
    // Two seconds for each TiB, ten times over, and a slow network mount.
    static final Duration LONG = Duration.ofMinutes(10);

    private final Guests guests;

    ImageSnapshots(Guests guests) {
        this.guests = guests;
    }

    List<ImageInfo> images(VmId vm) {
        return nodes(vm).values().stream().map(BlockNode::image).toList();
    }

    void cut(VmId vm, List<Volume> volumes, String name) {
        guests.requireDisks(vm);
        List<BlockNode> nodes = nodesOf(vm, volumes);
        guests.monitor(vm, Qmp.snapshotInAll(nodes.stream().map(BlockNode::name).toList(), name), LONG)
                .orThrow();
        requireAll(vm, volumes, name);
    }

    void delete(VmId vm, List<Volume> volumes, String name) {
        guests.requireDisks(vm);
        for (BlockNode node : nodesOf(vm, volumes)) {
            if (node.holds(name)) {
                Qmp.Reply reply = guests.monitor(vm, Qmp.deleteSnapshot(node.name(), name), LONG);
                if (reply.error().isPresent()
                        && nodes(vm).values().stream().anyMatch(n -> n.name().equals(node.name()) && n.holds(name))) {
                    reply.orThrow();
                }
            }
        }
        List<String> left = nodesOf(vm, volumes).stream()
                .filter(node -> node.holds(name))
                .map(node -> node.image().target())
                .toList();
        if (!left.isEmpty()) {
            throw Failures.broken("snapshot " + name + " is still in the image of " + String.join(", ", left));
        }
    }

    /** Makes sure that all images hold a snapshot. */
    void requireAll(VmId vm, List<Volume> volumes, String name) {
        List<String> without = nodesOf(vm, volumes).stream()
                .filter(node -> !node.holds(name))
                .map(node -> node.image().target())
                .toList();
        if (!without.isEmpty()) {
            throw Failures.of(
                    Reason.MISSING, "snapshot " + name + " is not in the image of " + String.join(", ", without));
        }
    }

    /** The images of these volumes, in their order; one that is not there is a failure. */
    List<BlockNode> nodesOf(VmId vm, List<Volume> volumes) {
        Found found = found(vm);
        List<BlockNode> nodes = new ArrayList<>();
        for (Volume volume : volumes) {
            Optional<String> source =
                    Optional.ofNullable(found.disks().get(volume.target())).flatMap(Disk::source);
            if (!source.equals(Optional.of(volume.source()))) {
                throw Failures.of(
                        Reason.MISSING,
                        "disk " + volume.target() + " of VM " + vm + " is " + source.orElse("not there") + ", not "
                                + volume.source());
            }
            BlockNode node = found.nodes().get(volume.target());
            if (node == null) {
                throw Failures.of(Reason.MISSING, "QEMU has no image that holds snapshots for disk " + volume.target());
            }
            nodes.add(node);
        }
        return nodes;
    }

    /** All images that hold snapshots, by target. */
    Map<String, BlockNode> nodes(VmId vm) {
        return found(vm).nodes();
    }

    private record Found(Map<String, Disk> disks, Map<String, BlockNode> nodes) {}

    private Found found(VmId vm) {
        DomainXml live = guests.ask(vm, "read", domain -> {
            if (!domain.state().power().isActive()) {
                throw Failures.off(vm);
            }
            return domain.described(0);
        });
        JsonElement devices = guests.query(vm, "query-block", Link.SHORT).orThrow();
        JsonElement all = BlockNode.needsAllNodes(devices)
                ? guests.query(vm, "query-named-block-nodes", Link.SHORT).orThrow()
                : new JsonArray();
        Map<String, Disk> disks =
                live.disks().stream().collect(Collectors.toMap(Disk::target, Function.identity(), (a, b) -> a));
        return new Found(disks, BlockNode.find(live.aliases(), devices, all));
    }
}
