package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manifests of a VM beside its volumes: one in each directory that its volumes lie in, named after the VM and the store.
 * A manifest of another store is never touched. One that bears no store's name is older; it goes once this store has
 * written its own and nothing is lost with it.
 */
final class ManifestFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestFiles.class);
    private static final int ATTEMPTS = 3;

    private final List<RecordDirectory> directories;
    private final String name;
    private final String older;
    private final Set<SnapshotId> known;
    private final Supplier<List<VolumeState>> volumes;

    /**
     * Makes it.
     *
     * @param volumes of the VM
     * @param record the VM's record
     * @param held inspects the volumes
     * @param squashed as in {@link RecordDirectory}
     * @param call the call's context
     */
    ManifestFiles(
            List<Volume> volumes,
            VmRecord record,
            Supplier<List<VolumeState>> held,
            boolean squashed,
            DriverCall call) {
        this.directories = Directories.ours(volumes).stream()
                .map(path -> new RecordDirectory(call.hypervisor().commands(), path, squashed))
                .toList();
        this.name = Surroundings.records(record.vm(), call.store());
        this.older = Surroundings.recordsOfAnyStore(record.vm());
        this.known = record.tree().snapshots().stream().map(Snapshot::id).collect(Collectors.toSet());
        this.volumes = held;
    }

    void write(byte[] content) {
        for (RecordDirectory directory : directories) {
            write(directory, content);
            removeOlder(directory);
        }
    }

    private void write(RecordDirectory directory, byte[] content) {
        for (int attempt = 1; ; attempt++) {
            try {
                directory.write(name, content);
                return;
            } catch (DriverException failure) {
                // Another VM may just have removed the directory that was still empty.
                if (failure.reason() != Reason.MISSING || attempt == ATTEMPTS) {
                    throw failure;
                }
            }
        }
    }

    /** Removes them, and the directories that are empty then. */
    void remove() {
        for (RecordDirectory directory : directories) {
            removeOlder(directory);
            directory.delete(name);
        }
    }

    private void removeOlder(RecordDirectory directory) {
        Optional<String> text = directory.read(older);
        if (text.isPresent() && losesNothing(text.get())) {
            directory.delete(older);
        }
    }

    /** Whether each snapshot that a manifest names is one that this store knows, or is in no image any more. */
    private boolean losesNothing(String text) {
        Set<SnapshotId> unknown = new HashSet<>();
        try {
            Manifest.read(text).record().tree().snapshots().forEach(snapshot -> unknown.add(snapshot.id()));
        } catch (IllegalArgumentException damaged) {
            LOG.info("records beside the images cannot be read and are left alone: {}", damaged.getMessage());
            return false;
        }
        unknown.removeAll(known);
        return unknown.isEmpty()
                || volumes.get().stream()
                        .allMatch(state -> state.fold(
                                seen -> seen.snapshots().keySet().stream().noneMatch(unknown::contains),
                                absent -> true,
                                nothing -> false));
    }
}
