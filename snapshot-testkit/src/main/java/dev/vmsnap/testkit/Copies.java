package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.ImageInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Copies of disks that are not the host's yet. Guarded by their datacenter. */
final class Copies {
    private final Datacenter datacenter;
    private final String driver;
    private final Map<String, InMemoryDisk.Saved> made = new LinkedHashMap<>();
    private final Set<String> revealed = new LinkedHashSet<>();

    Copies(Datacenter datacenter, String driver) {
        this.datacenter = datacenter;
        this.driver = driver;
    }

    List<Refusal> objectionsTo(List<Volume> volumes, Map<String, String> destinations, Predicate<String> possible) {
        List<Refusal> found = new ArrayList<>();
        for (Volume volume : volumes) {
            String place = destinations.getOrDefault(volume.target(), "");
            boolean taken = datacenter.findDisk(place).isPresent();
            if (taken || !possible.test(place)) {
                found.add(new Refusal(
                        Refusal.Code.DESTINATION_INVALID,
                        "The copy of disk " + volume.target() + " cannot be " + place + ".",
                        "Name a place that is free.",
                        Map.of("disk", volume.target(), "destination", place)));
            }
        }
        return found;
    }

    void make(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, Runnable halfway) {
        Parts.each(
                volumes,
                halfway,
                volume -> made.put(
                        key(destinations.getOrDefault(volume.target(), ""), snapshot),
                        datacenter
                                .disk(volume.source())
                                .saved(ImageInfo.tag(snapshot))
                                .orElseThrow()));
    }

    void reveal(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, Runnable halfway) {
        Parts.each(volumes, halfway, volume -> {
            String place = destinations.getOrDefault(volume.target(), "");
            InMemoryDisk.Saved saved = made.get(key(place, snapshot));
            if (saved == null) {
                throw new DriverException(driver, Reason.MISSING, "there is no copy for " + place);
            }
            if (datacenter.findDisk(place).isPresent() && !revealed.contains(place)) {
                throw new DriverException(driver, Reason.IN_USE, place + " is there already");
            }
            revealed.add(place);
            datacenter.disk(place).overwrite(saved.content());
            datacenter.disk(place).resize(saved.virtualBytes());
        });
    }

    void discard(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, Runnable halfway) {
        Parts.each(volumes, halfway, volume -> {
            String place = destinations.getOrDefault(volume.target(), "");
            made.remove(key(place, snapshot));
            if (revealed.remove(place)) {
                datacenter.destroyDisk(place);
            }
        });
    }

    void handOver(List<Volume> volumes, SnapshotId snapshot, Map<String, String> destinations, Runnable halfway) {
        Parts.each(volumes, halfway, volume -> {
            String place = destinations.getOrDefault(volume.target(), "");
            made.remove(key(place, snapshot));
            revealed.remove(place);
        });
    }

    Stream<String> leftovers() {
        return Stream.concat(made.keySet().stream(), revealed.stream())
                .distinct()
                .map(place -> driver + " has a copy that is nobody's: " + place);
    }

    private static String key(String place, SnapshotId snapshot) {
        return place + " of " + snapshot;
    }
}
