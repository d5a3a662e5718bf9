package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver.InImageSnapshots;
import dev.vmsnap.spi.ImageInfo;
import dev.vmsnap.spi.NodeFiles;
import dev.vmsnap.spi.VolumeState;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the volumes of one VM. While it is active the hypervisor tells what the images hold, all in one answer; while
 * it is off each image is opened for reading.
 */
final class VolumeInspection {
    private final QemuImg images;
    private final ImageBytes bytes;
    private final SpaceCount spaces;

    VolumeInspection(QemuImg images, ImageBytes bytes, SpaceCount spaces) {
        this.images = images;
        this.bytes = bytes;
        this.spaces = spaces;
    }

    List<VolumeState> inspect(List<Volume> volumes, boolean closely, DriverCall call) {
        Map<String, Optional<NodeFiles.FileSystem>> fileSystems = new HashMap<>();
        boolean told = call.vm().power().isActive() && call.hypervisor() instanceof InImageSnapshots;
        Map<String, ImageInfo> active = told ? active((InImageSnapshots) call.hypervisor(), call) : Map.of();
        return volumes.stream()
                .map(volume -> {
                    Optional<NodeFiles.FileSystem> fileSystem = fileSystems.computeIfAbsent(
                            Directories.of(volume),
                            none -> call.hypervisor().files().fileSystem(volume.source()));
                    if (!volume.format().equals(ImageVolumes.QCOW2)) {
                        return unopened(volume, fileSystem, Objections.format(volume));
                    }
                    return told
                            ? active(volume, closely, active.get(volume.target()), fileSystem)
                            : off(volume, closely, fileSystem);
                })
                .toList();
    }

    private static Map<String, ImageInfo> active(InImageSnapshots hypervisor, DriverCall call) {
        return hypervisor.images(call.vm().id()).stream()
                .collect(Collectors.toMap(ImageInfo::target, Function.identity(), (first, second) -> first));
    }

    private VolumeState active(
            Volume volume, boolean closely, @Nullable ImageInfo image, Optional<NodeFiles.FileSystem> fileSystem) {
        if (image == null) {
            return new VolumeState.Unknown(volume, Objections.unseen(volume, "the hypervisor reports no image there"));
        }
        ImageFacts facts = ImageFacts.of(image);
        return state(volume, fileSystem, facts, space(volume, facts, closely), 0, false);
    }

    private VolumeState off(Volume volume, boolean closely, Optional<NodeFiles.FileSystem> fileSystem) {
        QemuImg.Look look = images.look(volume);
        if (look instanceof QemuImg.Look.Seen seen) {
            ImageFacts facts = seen.facts();
            Optional<SnapshotSpace> space = space(volume, facts, closely);
            return state(volume, fileSystem, facts, space, closely ? leaked(volume, facts) : 0, seen.inUse());
        }
        DriverException failure = ((QemuImg.Look.Unseen) look).failure();
        Refusal why = Objections.unseen(volume, String.valueOf(failure.getMessage()));
        return failure.reason() == Reason.MISSING
                ? new VolumeState.Absent(volume, why)
                : new VolumeState.Unknown(volume, why);
    }

    private Optional<SnapshotSpace> space(Volume volume, ImageFacts facts, boolean closely) {
        if (facts.image().snapshots().isEmpty()) {
            return Optional.of(SnapshotSpace.NONE);
        }
        return closely ? spaces.of(new ImageNode(volume.source())) : Optional.empty();
    }

    /** Leaked clusters are not counted: that takes seconds on a large image, and {@code reclaim} does it. */
    private long leaked(Volume volume, ImageFacts facts) {
        if (facts.dataFile().isPresent() || facts.image().corrupt()) {
            return 0;
        }
        try {
            return RamRemains.find(bytes, new ImageNode(volume.source())).ownedBytes();
        } catch (DriverException failure) {
            if (failure.reason() == Reason.UNREACHABLE || failure.reason() == Reason.TIMEOUT) {
                throw failure;
            }
            return 0;
        }
    }

    private static VolumeState state(
            Volume volume,
            Optional<NodeFiles.FileSystem> fileSystem,
            ImageFacts facts,
            Optional<SnapshotSpace> space,
            long leaked,
            boolean inUse) {
        Set<String> seen = new HashSet<>();
        Set<String> repeated = new TreeSet<>();
        for (ImageInfo.Entry entry : facts.image().snapshots()) {
            if (!seen.add(entry.name()) && ImageInfo.idOf(entry.name()).isPresent()) {
                repeated.add(entry.name());
            }
        }
        Map<SnapshotId, VolumeState.Part> ours = new LinkedHashMap<>();
        for (ImageInfo.Entry entry : facts.image().snapshots()) {
            ImageInfo.idOf(entry.name())
                    .filter(id -> !repeated.contains(entry.name()))
                    .ifPresent(id -> ours.put(id, part(entry, space)));
        }
        List<String> foreign = facts.image().snapshots().stream()
                .map(ImageInfo.Entry::name)
                .filter(name -> ImageInfo.idOf(name).isEmpty())
                .toList();
        Objections objections = Objections.seen(volume, facts, repeated, foreign);
        if (inUse) {
            objections.inUse();
        }
        return new VolumeState.Seen(
                volume.withVirtualBytes(facts.image().virtualBytes()),
                store(volume, fileSystem),
                free(fileSystem),
                SpaceEstimate.oneMoreSnapshot(facts.image()),
                ours,
                foreign,
                space.map(counted -> OptionalLong.of(counted.together())).orElseGet(OptionalLong::empty),
                leaked,
                objections.refusals(),
                objections.notices());
    }

    /** Deleting frees what only the snapshot has, and nothing of what it shares. */
    private static VolumeState.Part part(ImageInfo.Entry entry, Optional<SnapshotSpace> space) {
        OptionalLong alone = space.map(counted -> counted.of(entry.name())).orElseGet(OptionalLong::empty);
        return new VolumeState.Part(entry.ramBytes(), alone, alone, OptionalLong.empty(), Optional.empty());
    }

    /** The state of a volume whose file is never opened. */
    private static VolumeState unopened(
            Volume volume, Optional<NodeFiles.FileSystem> fileSystem, Objections objections) {
        return new VolumeState.Seen(
                volume,
                store(volume, fileSystem),
                free(fileSystem),
                0,
                Map.of(),
                List.of(),
                OptionalLong.empty(),
                0,
                objections.refusals(),
                objections.notices());
    }

    private static String store(Volume volume, Optional<NodeFiles.FileSystem> fileSystem) {
        return fileSystem.map(NodeFiles.FileSystem::mount).orElseGet(() -> Directories.of(volume));
    }

    private static long free(Optional<NodeFiles.FileSystem> fileSystem) {
        return fileSystem.map(NodeFiles.FileSystem::freeBytes).orElse(0L);
    }
}
