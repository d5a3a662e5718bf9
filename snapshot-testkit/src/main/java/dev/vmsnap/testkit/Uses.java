package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reports the users of the volumes of a storage in memory. Guarded by its datacenter. */
final class Uses {
    private final Datacenter datacenter;
    private final String storage;
    private final StorageKind kind;
    private final Map<String, InMemoryHypervisor> holders = new LinkedHashMap<>();

    Uses(Datacenter datacenter, String storage, StorageKind kind) {
        this.datacenter = datacenter;
        this.storage = storage;
        this.kind = kind;
    }

    /** Where volumes are handed from node to node, one node at a time works on them. */
    void hold(List<Volume> volumes, InMemoryHypervisor node) {
        if (kind != StorageKind.NETWORK_LVM) {
            return;
        }
        for (Volume volume : volumes) {
            if (holders.getOrDefault(volume.source(), node) != node) {
                throw failure(Reason.IN_USE, volume.source() + " is held by another node");
            }
        }
        volumes.forEach(volume -> holders.put(volume.source(), node));
    }

    void requireQuiet(List<Volume> volumes) {
        for (Volume volume : volumes) {
            datacenter
                    .userOf(volume.source())
                    .filter(vm -> vm.power() == PowerState.RUNNING)
                    .ifPresent(vm -> {
                        throw new IllegalStateException(
                                "the cut of " + volume.source() + " tears: nobody holds " + vm.id());
                    });
        }
    }

    void requireOff(List<Volume> volumes) {
        for (Volume volume : volumes) {
            datacenter.userOf(volume.source()).ifPresent(vm -> {
                throw failure(Reason.IN_USE, volume.source() + " is in use by " + vm.id());
            });
            if (datacenter
                    .findDisk(volume.source())
                    .filter(InMemoryDisk::isOpenElsewhere)
                    .isPresent()) {
                throw failure(Reason.IN_USE, volume.source() + " is open elsewhere");
            }
        }
    }

    void letGo(Volume volume, InMemoryHypervisor node) {
        holders.remove(volume.source(), node);
    }

    private DriverException failure(Reason reason, String message) {
        return new DriverException(storage, reason, message);
    }
}
