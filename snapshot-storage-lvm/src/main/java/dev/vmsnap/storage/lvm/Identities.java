package dev.vmsnap.storage.lvm;

import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Volume;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The volume groups that hold snapshots already, as they were when those were taken. Another group of the same name, for
 * example on a copied disk, is not the one that was meant.
 *
 * @param uuids the UUID of each group by its name; none for a group of which nothing is remembered
 */
record Identities(Map<String, String> uuids) {
    Identities {
        uuids = Map.copyOf(uuids);
    }

    /** The groups of volumes, as far as their locations are remembered. */
    static Identities of(Collection<Volume> volumes) {
        Map<String, String> uuids = new HashMap<>();
        volumes.forEach(volume -> Location.of(volume)
                .filter(then -> then.path().group().equals(Scene.path(volume).group()))
                .ifPresent(then -> uuids.putIfAbsent(then.path().group(), then.groupUuid())));
        return new Identities(uuids);
    }

    /** Hides the groups of a report that are not the ones that they were. */
    Report proved(Report report) {
        Report proved = report;
        for (VolumeGroup group : report.groups().values()) {
            String then = uuids.getOrDefault(group.name(), group.uuid());
            if (!then.equals(group.uuid())) {
                proved = proved.hiding(
                        group.name(),
                        LvmFailure.of(
                                Reason.UNREACHABLE,
                                "the node sees another volume group " + group.name()
                                        + " than the one with the snapshots:" + " its UUID is " + group.uuid()
                                        + " and was " + then));
            }
        }
        return proved;
    }
}
