package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Volume;
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
}
