package dev.vmsnap.core.internal.rules;

import dev.vmsnap.SnapshotId;
import java.util.List;
import java.util.Map;

/**
 * What is known of a node that a VM may go to.
 *
 * @param states what storage drivers see there of its volumes, with the places that they have there
 * @param obstacles what keeps the node from running the VM as it is, one phrase each
 * @param snapshotObstacles what keeps the node from bringing each snapshot back, one phrase each
 */
public record Elsewhere(VolumeStates states, List<String> obstacles, Map<SnapshotId, List<String>> snapshotObstacles) {

    /** Copies the collections. */
    public Elsewhere {
        obstacles = List.copyOf(obstacles);
        snapshotObstacles = Map.copyOf(snapshotObstacles);
    }
}
