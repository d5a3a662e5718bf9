package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Lists of volumes. */
public final class Volumes {
    private Volumes() {}

    /**
     * Returns each disk once.
     *
     * @param volumes volumes, of which several may be the same disk
     * @return the first of each, in their order
     */
    public static List<Volume> distinct(Stream<Volume> volumes) {
        Map<Volume.Key, Volume> byKey = new LinkedHashMap<>();
        volumes.forEach(volume -> byKey.putIfAbsent(volume.key(), volume));
        return List.copyOf(byKey.values());
    }

    /**
     * Returns each disk once, as it was described last.
     *
     * @param volumes volumes, the oldest description first
     * @return the last of each, in the order of the first
     */
    public static List<Volume> newest(Stream<Volume> volumes) {
        Map<Volume.Key, Volume> byKey = new LinkedHashMap<>();
        volumes.forEach(volume -> byKey.put(volume.key(), volume));
        return List.copyOf(byKey.values());
    }

    /**
     * Returns a volume under the target that a VM has it as now.
     *
     * @param volume a volume, with the target that it had
     * @param vm the VM
     * @return the volume, as it is if it is no disk of the VM
     */
    public static Volume in(Volume volume, VmDescription vm) {
        return vm.disk(volume)
                .map(disk -> new Volume(
                        disk.target(),
                        volume.source(),
                        volume.format(),
                        volume.kind(),
                        volume.storage(),
                        volume.virtualBytes(),
                        volume.location(),
                        volume.chain()))
                .orElse(volume);
    }
}
