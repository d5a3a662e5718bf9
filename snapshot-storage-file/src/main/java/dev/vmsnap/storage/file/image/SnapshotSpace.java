package dev.vmsnap.storage.file.image;

import java.util.Map;
import java.util.OptionalLong;

/**
 * What the snapshots inside an image take.
 *
 * @param alone what each takes that neither the active state nor another snapshot shares, which is what deleting it frees,
 *     in bytes; by name, without names that are there twice
 * @param together what all of them take that the active state does not share, in bytes
 */
record SnapshotSpace(Map<String, Long> alone, long together) {
    /** What an image without snapshots has. */
    static final SnapshotSpace NONE = new SnapshotSpace(Map.of(), 0);

    SnapshotSpace {
        alone = Map.copyOf(alone);
    }

    /** What one of them takes alone; empty where it was not counted. */
    OptionalLong of(String name) {
        Long bytes = alone.get(name);
        return bytes == null ? OptionalLong.empty() : OptionalLong.of(bytes);
    }
}
