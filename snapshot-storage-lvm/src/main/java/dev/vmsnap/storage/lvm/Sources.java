package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The logical volumes behind the sources of disks. A source names one itself, or a link does that a platform or udev has
 * made; only links cost a process on the node.
 */
final class Sources {
    private final Groups groups;
    private final Duration deadline;

    Sources(Groups groups, Duration deadline) {
        this.groups = groups;
        this.deadline = deadline;
    }

    /** The kind of group to which a source leads; empty if it leads to none of ours. */
    Optional<StorageKind> kind(String source, DriverCall call) {
        Optional<StorageKind> kind = direct(source).flatMap(groups::kind);
        if (kind.isPresent() || !source.startsWith("/") || source.chars().anyMatch(Character::isISOControl)) {
            return kind;
        }
        try {
            return resolve(source, call).volume().flatMap(groups::kind);
        } catch (DriverException strange) {
            if (strange.reason() == Reason.BROKEN) {
                // A node that cannot follow links has nothing of ours behind them.
                return Optional.empty();
            }
            throw strange;
        }
    }

    /**
     * Rewrites volumes so that their source names the logical volume itself.
     *
     * @param volumes the volumes as their VM states them
     * @param call the call's context
     * @return the same volumes in their order
     * @throws DriverException {@code UNREACHABLE} if the node does not show to which volume one leads
     */
    List<Volume> plain(List<Volume> volumes, DriverCall call) {
        Map<String, Devices.Device> devices = resolve(links(volumes), call);
        return volumes.stream().map(volume -> plain(volume, devices)).toList();
    }

    /** As {@link #plain(List, DriverCall)}, for one volume, whose source is resolved already if it is a link. */
    Volume plain(Volume volume, Map<String, Devices.Device> links) {
        Devices.Device device = links.get(volume.source());
        return device == null ? volume : volume.withSource(path(volume, device).device());
    }

    /** Those that a link, a number of the kernel's or a UUID names; their sources alone do not tell the volume. */
    List<String> links(List<Volume> volumes) {
        return volumes.stream()
                .map(Volume::source)
                .filter(source -> direct(source)
                        .filter(path -> groups.kind(path).isPresent())
                        .isEmpty())
                .distinct()
                .toList();
    }

    Map<String, Devices.Device> resolve(List<String> paths, DriverCall call) {
        return paths.isEmpty() ? Map.of() : new Devices(call.hypervisor().commands(), deadline).resolve(paths);
    }

    Devices.Device resolve(String path, DriverCall call) {
        return resolve(List.of(path), call).values().iterator().next();
    }

    /** A link can be gone with its VM; the snapshots of the volume are where they were. */
    private LvPath path(Volume volume, Devices.Device device) {
        Optional<LvPath> now = device.volume().filter(path -> groups.kind(path).isPresent());
        Optional<LvPath> then = Location.of(volume).map(Location::path);
        if (now.isPresent() && then.isPresent() && !now.equals(then)) {
            throw LvmFailure.of(
                    Reason.UNREACHABLE,
                    volume.source() + " leads to " + now.get() + " on the node and led to " + then.get()
                            + " when the snapshots were taken");
        }
        return now.or(() -> then)
                .orElseThrow(() -> LvmFailure.of(
                        Reason.UNREACHABLE,
                        volume.source() + " leads to no logical volume of the named groups on the node"));
    }

    private static Optional<LvPath> direct(String source) {
        return LvPath.of(source);
    }
}
