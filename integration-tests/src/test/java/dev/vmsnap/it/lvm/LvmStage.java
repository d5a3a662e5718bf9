package dev.vmsnap.it.lvm;

import dev.vmsnap.PowerState;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.it.manual.Stage;
import dev.vmsnap.lab.node.LabNode;
import dev.vmsnap.lab.node.NodeTicker;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A guest with one logical volume of {@link #DISK_MIB} on a node, whose snapshots have room for a quarter of it.
 *
 * @param host the guest's
 * @param kind of the storage
 * @param group the volume group
 * @param disk the volume
 */
record LvmStage(LvmHost host, StorageKind kind, String group, String disk) implements Stage {
    static final int DISK_MIB = 16;
    static final int ROOM_PERCENT = 25;
    static final String COPY = "it_copy";

    private static final int FIRST_FILLED_MIB = 4;

    private LabNode node() {
        return host.ticker().node();
    }

    @Override
    public void boot() {
        host.boot();
    }

    @Override
    public PowerState power() {
        return host.power();
    }

    @Override
    public void powerOff() {
        host.powerOff();
    }

    @Override
    public long counter(String place) {
        return NodeTicker.counter(node(), place.isEmpty() ? device(disk) : place)
                .orElse(-1);
    }

    @Override
    public List<String> places() {
        return snapshotsOfVolume(disk);
    }

    @Override
    public String nature() {
        return "in a logical volume of its own";
    }

    @Override
    public String freePlace() {
        return device(COPY);
    }

    @Override
    public int snapshotsOf(String copy) {
        return snapshotsOfVolume(COPY).size();
    }

    private List<String> snapshotsOfVolume(String name) {
        return Volumes.on(node()).all().entrySet().stream()
                .filter(lv -> lv.getKey().startsWith(group + "/")
                        && lv.getValue().origin().equals(name))
                .map(lv -> lv.getKey())
                .toList();
    }

    @Override
    public VmId define(String name, String xml) {
        String file = "/tmp/" + name + ".xml";
        node().write(xml.getBytes(StandardCharsets.UTF_8), file);
        node().run("virsh", "-q", "define", file);
        return VmId.of(node().run("virsh", "-q", "domuuid", name).strip());
    }

    @Override
    public SnapshotId runOutOfSpace() {
        host.boot();
        SnapshotId id = host.create("too little room").id();
        new Contents(node(), List.of(device(disk))).fill(FIRST_FILLED_MIB, DISK_MIB * ROOM_PERCENT / 100 + 2);
        host.snapshots().usage(host.vm());
        return id;
    }

    private String device(String volume) {
        return "/dev/" + group + "/" + volume;
    }
}
