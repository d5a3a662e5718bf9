package dev.vmsnap.storage.file.image;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VolumeState;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** An image that was inspected, and what is to be reported of it. */
final class SeenImage {
    private final ImageFacts facts;
    private final Optional<NodeFiles.FileSystem> room;
    private final Set<String> repeated = new TreeSet<>();
    private final List<String> foreign;
    private final Objections objections;
    private Volume volume;
    private Optional<SnapshotSpace> space;
    private long leaked;

    SeenImage(Volume volume, ImageFacts facts, Optional<NodeFiles.FileSystem> room) {
        this.volume = volume.withVirtualBytes(facts.image().virtualBytes());
        this.facts = facts;
        this.room = room;
        this.space = facts.image().snapshots().isEmpty() ? Optional.of(SnapshotSpace.NONE) : Optional.empty();
        Set<String> seen = new HashSet<>();
        for (ImageInfo.Entry entry : facts.image().snapshots()) {
            if (!seen.add(entry.name()) && ImageInfo.idOf(entry.name()).isPresent()) {
                repeated.add(entry.name());
            }
        }
        foreign = facts.image().snapshots().stream()
                .map(ImageInfo.Entry::name)
                .filter(name -> ImageInfo.idOf(name).isEmpty())
                .toList();
        objections = Objections.seen(volume, facts, repeated, foreign);
    }

    Objections objections() {
        return objections;
    }

    /** Whether it holds any snapshot of ours. */
    boolean holdsOurs() {
        return foreign.size() < facts.image().snapshots().size();
    }

    /** With the layers below it. */
    void on(Chain layers) {
        volume = volume.on(layers);
    }

    /** With what takes longer to count; leaks are counted only while nobody has it open. */
    void count(ImageDetails details, boolean closed) {
        if (space.isEmpty()) {
            space = details.space(volume);
        }
        leaked = closed ? details.leaked(volume, facts) : 0;
    }

    VolumeState state() {
        Map<SnapshotId, VolumeState.Part> ours = new LinkedHashMap<>();
        for (ImageInfo.Entry entry : facts.image().snapshots()) {
            ImageInfo.idOf(entry.name())
                    .filter(id -> !repeated.contains(entry.name()))
                    .ifPresent(id -> ours.put(id, part(entry)));
        }
        return new VolumeState.Seen(
                volume,
                store(volume, room),
                free(room),
                SpaceEstimate.oneMoreSnapshot(facts.image()),
                ours,
                foreign,
                space.map(counted -> OptionalLong.of(counted.together())).orElseGet(OptionalLong::empty),
                leaked,
                objections.refusals(),
                objections.notices());
    }

    /** Deleting frees what only the snapshot has, and nothing of what it shares. */
    private VolumeState.Part part(ImageInfo.Entry entry) {
        OptionalLong alone = space.map(counted -> counted.of(entry.name())).orElseGet(OptionalLong::empty);
        return new VolumeState.Part(entry.ramBytes(), alone, alone, OptionalLong.empty(), Optional.empty());
    }

    /** The state of a volume whose file is never opened. */
    static VolumeState unopened(Volume volume, Optional<NodeFiles.FileSystem> room) {
        Objections objections = Objections.format(volume);
        return new VolumeState.Seen(
                volume,
                store(volume, room),
                free(room),
                0,
                Map.of(),
                List.of(),
                OptionalLong.empty(),
                0,
                objections.refusals(),
                objections.notices());
    }

    private static String store(Volume volume, Optional<NodeFiles.FileSystem> room) {
        return room.map(NodeFiles.FileSystem::mount).orElseGet(() -> Directories.of(volume));
    }

    private static long free(Optional<NodeFiles.FileSystem> room) {
        return room.map(NodeFiles.FileSystem::freeBytes).orElse(0L);
    }
}
