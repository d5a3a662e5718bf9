package dev.vmsnap.testkit;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The places for RAM beside volumes, by path. Guarded by their datacenter. */
final class RamPlaces {
    private final Datacenter datacenter;
    private final Map<String, Place> places = new LinkedHashMap<>();

    /** A place: nothing can be written to it or read from it while it is closed, and nothing is kept until it is said so. */
    private static final class Place {
        final SnapshotId snapshot;
        final String beside;
        long takenBytes;
        long keptBytes;
        boolean open;
        Optional<String> ram = Optional.empty();

        Place(SnapshotId snapshot, String beside, long takenBytes) {
            this.snapshot = snapshot;
            this.beside = beside;
            this.takenBytes = takenBytes;
        }
    }

    RamPlaces(Datacenter datacenter) {
        this.datacenter = datacenter;
    }

    void reserve(List<Volume> volumes, SnapshotId snapshot, long bytes, String driver) {
        String path = path(volumes, snapshot);
        Place there = places.get(path);
        long more = bytes - (there == null ? 0 : there.takenBytes);
        if (more <= 0) {
            return;
        }
        String source = volumes.get(0).source();
        String root = datacenter.rootOf(source);
        if (datacenter.free(root) < more) {
            throw new DriverException(driver, Reason.NO_SPACE, "no space left on " + root);
        }
        places.computeIfAbsent(path, p -> new Place(snapshot, source, bytes)).takenBytes = bytes;
    }

    String open(List<Volume> volumes, SnapshotId snapshot, String driver) {
        String path = path(volumes, snapshot);
        require(path, driver).open = true;
        return path;
    }

    void keep(List<Volume> volumes, SnapshotId snapshot, long bytes, String driver) {
        Place place = require(path(volumes, snapshot), driver);
        if (place.ram.isEmpty()) {
            throw new DriverException(driver, Reason.BROKEN, "nothing was written for snapshot " + snapshot);
        }
        place.keptBytes = bytes;
        place.takenBytes = bytes;
        place.open = false;
    }

    void close(List<Volume> volumes, SnapshotId snapshot) {
        Optional.ofNullable(places.get(path(volumes, snapshot))).ifPresent(place -> place.open = false);
    }

    void delete(List<Volume> volumes, SnapshotId snapshot) {
        places.remove(path(volumes, snapshot));
    }

    long keptBytes(String source, SnapshotId snapshot) {
        return places.values().stream()
                .filter(place -> place.beside.equals(source) && place.snapshot.equals(snapshot))
                .mapToLong(place -> place.keptBytes)
                .sum();
    }

    long takenBytes(String root) {
        return places.values().stream()
                .filter(place -> datacenter.rootOf(place.beside).equals(root))
                .mapToLong(place -> place.takenBytes)
                .sum();
    }

    long takenBytesBeside(String source) {
        return places.values().stream()
                .filter(place -> place.beside.equals(source))
                .mapToLong(place -> place.takenBytes)
                .sum();
    }

    /** Writes RAM as a hypervisor does. */
    void write(String path, String ram, long bytes, String driver) {
        Place place = requireOpen(path, driver);
        if (place.takenBytes < bytes) {
            throw new DriverException(driver, Reason.NO_SPACE, path + " is too small");
        }
        place.ram = Optional.of(ram);
    }

    /** Reads RAM as a hypervisor does. */
    String read(String path, String driver) {
        return requireOpen(path, driver)
                .ram
                .orElseThrow(() -> new DriverException(driver, Reason.BROKEN, path + " holds no RAM"));
    }

    /** Destroys what was kept of a snapshot, as a person would. */
    void destroy(SnapshotId snapshot) {
        places.values().removeIf(place -> place.snapshot.equals(snapshot));
    }

    Stream<String> leftovers(Predicate<SnapshotId> known) {
        return places.entrySet().stream()
                .filter(place -> !known.test(place.getValue().snapshot))
                .map(place -> place.getKey() + " is a place for RAM of nobody");
    }

    private String path(List<Volume> volumes, SnapshotId snapshot) {
        return datacenter.rootOf(volumes.get(0).source()) + "/ram-" + snapshot;
    }

    private Place requireOpen(String path, String driver) {
        Place place = require(path, driver);
        if (!place.open) {
            throw new DriverException(driver, Reason.DENIED, path + " is not open");
        }
        return place;
    }

    private Place require(String path, String driver) {
        Place place = places.get(path);
        if (place == null) {
            throw new DriverException(driver, Reason.MISSING, "there is no place for RAM at " + path);
        }
        return place;
    }
}
