package dev.vmsnap.storage.lvm;

import dev.vmsnap.Volume;
import java.util.List;

/**
 * The parts of the driver that change something, for one call.
 *
 * @param volumes the volumes of the call, each with a source that names its logical volume itself
 * @param lvm LVM's commands on the node
 * @param groups our groups
 * @param pause lets time pass
 */
record Work(List<Volume> volumes, Lvm lvm, Groups groups, Merge.Pause pause) {
    List<LvPath> paths() {
        return Scene.paths(volumes);
    }

    Cut cut(Room room, Preparations preparations) {
        return new Cut(lvm, groups, room, preparations);
    }

    Restore restore() {
        return new Restore(lvm, groups, settlement());
    }

    Deletion deletion() {
        return new Deletion(lvm, groups, settlement(), ram());
    }

    RamPlace ram() {
        return new RamPlace(lvm, groups);
    }

    Records records() {
        return new Records(lvm, groups, ram());
    }

    Handover handover() {
        return new Handover(lvm, groups, settlement());
    }

    Copies copies() {
        return new Copies(lvm, groups);
    }

    private Settlement settlement() {
        return new Settlement(lvm, groups, new Merge(lvm, groups, pause));
    }
}
