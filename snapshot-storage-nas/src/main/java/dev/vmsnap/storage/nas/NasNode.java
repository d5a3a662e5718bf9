package dev.vmsnap.storage.nas;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.Commands;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The node of a call, with commands and files that come back in time and work as the owner of what they work on. */
sealed class NasNode implements HypervisorDriver {
    private final HypervisorDriver node;
    private final Commands commands;
    private final NodeFiles files;

    private NasNode(HypervisorDriver node, Scene scene, Optional<Owner> as) {
        this.node = node;
        this.commands = new BoundedCommands(node.commands(), as);
        this.files = new RecordFiles(node.files(), node.commands(), scene, as);
    }

    /**
     * The node as a call finds it.
     *
     * @param as as whom its commands work; empty for the node's own user
     */
    static HypervisorDriver of(HypervisorDriver node, Scene scene, Optional<Owner> as) {
        return node instanceof InImageSnapshots images
                ? new WithImages(node, images, scene, as)
                : new NasNode(node, scene, as);
    }

    /** One whose hypervisor can tell of the images that it has open. */
    private static final class WithImages extends NasNode implements HypervisorDriver.InImageSnapshots {
        private final InImageSnapshots images;

        WithImages(HypervisorDriver node, InImageSnapshots images, Scene scene, Optional<Owner> as) {
            super(node, scene, as);
            this.images = images;
        }

        @Override
        public List<ImageInfo> images(VmId vm) {
            return images.images(vm);
        }

        @Override
        public Map<String, String> hidden(VmId vm) {
            return images.hidden(vm);
        }

        @Override
        public Duration cut(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
            return images.cut(vm, volumes, id, call);
        }

        @Override
        public void delete(VmId vm, List<Volume> volumes, SnapshotId id, DriverCall call) {
            images.delete(vm, volumes, id, call);
        }

        @Override
        public void reclaim(VmId vm, List<Volume> volumes, DriverCall call) {
            images.reclaim(vm, volumes, call);
        }
    }

    @Override
    public Commands commands() {
        return commands;
    }

    /** Where VMs have the rights of the node's user, the server may deny that user what it grants the owner of an image. */
    @Override
    public Commands commandsAs(VmId vm) {
        Commands guest = node.commandsAs(vm);
        return guest == node.commands() ? commands : new BoundedCommands(guest, Optional.empty());
    }

    @Override
    public NodeFiles files() {
        return files;
    }

    @Override
    public String id() {
        return node.id();
    }

    @Override
    public String version() {
        return node.version();
    }

    @Override
    public List<VmDescription> vms() {
        return node.vms();
    }

    @Override
    public Optional<VmDescription> find(VmId vm) {
        return node.find(vm);
    }

    @Override
    public VmConfiguration configuration(VmId vm) {
        return node.configuration(vm);
    }

    @Override
    public List<String> differences(VmConfiguration then, VmConfiguration now) {
        return node.differences(then, now);
    }

    @Override
    public void define(VmId vm, VmConfiguration configuration) {
        node.define(vm, configuration);
    }

    @Override
    public void forget(VmId vm) {
        node.forget(vm);
    }

    @Override
    public void stop(VmId vm) {
        node.stop(vm);
    }

    @Override
    public void start(VmId vm, boolean held) {
        node.start(vm, held);
    }

    /** Leaves the node open: it is the engine's. */
    @Override
    public void close() {}
}
