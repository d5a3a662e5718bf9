package dev.vmsnap.core.internal.rules;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;

/**
 * What is known of a node that a VM may go to.
 *
 * @param states what storage drivers see there of its volumes, by disk target; those that were not looked at are no keys
 * @param obstacles what keeps the node from running the VM as it is, one phrase each
 * @param snapshotObstacles what keeps the node from bringing each snapshot back, one phrase each
 */
public record Elsewhere(
        Map<String, VolumeState> states, List<String> obstacles, Map<SnapshotId, List<String>> snapshotObstacles) {

    /** Copies the collections. */
    public Elsewhere {
        states = Map.copyOf(states);
        obstacles = List.copyOf(obstacles);
        snapshotObstacles = Map.copyOf(snapshotObstacles);
    }
}
