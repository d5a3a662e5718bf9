package dev.vmsnap.storage.file.image;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.manifest.Manifest;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.storage.file.image.RecordDirectory.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The manifests of a VM beside its volumes: one in each directory that its volumes lie in, named after the VM and the store.
 * One of another store stays until a rebuild has taken all of it in. One of this store, or of before stores had ids, stays beside the new one for as
 * long as something would be lost with it.
 */
final class ManifestFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ManifestFiles.class);
    private static final int ATTEMPTS = 5;

    private final List<RecordDirectory> directories;
    private final VmId vm;

    /**
     * Makes it.
     *
     * @param volumes of the VM
     * @param vm the VM
     * @param squashed as in {@link RecordDirectory}
     * @param call the call's context
     */
    ManifestFiles(List<Volume> volumes, VmId vm, boolean squashed, DriverCall call) {
        this.directories = Directories.ours(volumes).stream()
                .map(path -> new RecordDirectory(call.hypervisor().commands(), path, squashed))
                .toList();
        this.vm = vm;
    }

    /** Reads all of them; two in different directories can be the same. */
    RecordsCopy.Found read() {
        Set<RecordsCopy> copies = new HashSet<>();
        List<String> unreadable = new ArrayList<>();
        for (RecordDirectory directory : directories) {
            for (Entry file : directory.read(vm.value())) {
                try {
                    RecordsCopy copy = Manifest.read(file.text());
                    if (copy.record().vm().equals(vm)) {
                        copies.add(copy);
                    }
                } catch (IllegalArgumentException damaged) {
                    unreadable.add(directory.path() + "/" + file.name());
                }
            }
        }
        return new RecordsCopy.Found(List.copyOf(copies), unreadable);
    }

    /** Removes the files of other stores that hold nothing which a copy does not. */
    void supersede(RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped) {
        String own = copy.store().orElse("");
        for (RecordDirectory directory : directories) {
            List<Entry> taken = directory.read(vm.value()).stream()
                    .filter(file -> !file.name().equals(Surroundings.records(vm, own))
                            && !Surroundings.isKept(file.name(), vm, own))
                    .filter(file -> isTaken(file, copy, stores, dropped))
                    .toList();
            if (!taken.isEmpty()) {
                directory.delete(taken);
            }
        }
    }

    private static boolean isTaken(Entry file, RecordsCopy copy, Set<String> stores, Set<SnapshotId> dropped) {
        try {
            return Manifest.read(file.text()).store().filter(stores::contains).isPresent()
                    && dropped.containsAll(Manifest.unnamed(file.text(), copy));
        } catch (IllegalArgumentException stays) {
            return false;
        }
    }

    /** Puts a copy in place of an older one, or if its tree is empty removes the older one. */
    void publish(RecordsCopy copy, Set<SnapshotId> dropped, Supplier<List<VolumeState>> volumes) {
        Succession succession = new Succession(copy, dropped, volumes);
        String text = copy.record().tree().isEmpty() ? "" : Manifest.text(copy);
        directories.forEach(directory -> publish(directory, text, succession));
    }

    private void publish(RecordDirectory directory, String text, Succession succession) {
        String name = Surroundings.records(vm, succession.store());
        for (int attempt = 1; ; attempt++) {
            List<Entry> files = directory.read(vm.value());
            Optional<Entry> there =
                    files.stream().filter(file -> file.name().equals(name)).findFirst();
            List<Entry> done = files.stream()
                    .filter(file -> file.name().equals(Surroundings.recordsOfAnyStore(vm))
                            || Surroundings.isKept(file.name(), vm, succession.store())
                            || (text.isEmpty() && file.name().equals(name)))
                    .filter(succession::yields)
                    .toList();
            try {
                if (text.isEmpty() || write(directory, name, there, text, succession)) {
                    if (text.isEmpty() || !done.isEmpty()) {
                        directory.delete(done);
                    }
                    return;
                }
            } catch (DriverException failure) {
                // Another VM may just have removed the directory that was still empty.
                if (failure.reason() != Reason.MISSING || attempt == ATTEMPTS) {
                    throw failure;
                }
            }
            if (attempt == ATTEMPTS) {
                throw new DriverException(
                        ImageVolumes.DRIVER,
                        Reason.IN_USE,
                        "somebody else writes to the records of VM " + vm + " at the same time");
            }
        }
    }

    private boolean write(
            RecordDirectory directory, String name, Optional<Entry> there, String text, Succession succession) {
        Optional<Entry> kept = there.filter(file -> file.isReadable() && !succession.yields(file));
        String beside = kept.map(file -> Surroundings.kept(vm, succession.store(), file.sum()))
                .orElse("");
        boolean written = directory.write(name, there.filter(Entry::isReadable), beside, text);
        if (written && kept.isPresent()) {
            LOG.warn(
                    "VM {}: the records beside its images are newer, or name snapshots that this store does not know;"
                            + " they are kept as {}",
                    vm,
                    beside);
        }
        return written;
    }

    /** The files that may go once a copy is in its place. */
    private record Succession(RecordsCopy copy, Set<SnapshotId> dropped, Supplier<List<VolumeState>> volumes) {
        String store() {
            return copy.store().orElse("");
        }

        /** Whether each snapshot that a file names is known, was dropped, or is in no image any more. */
        boolean yields(Entry file) {
            Set<SnapshotId> lost;
            try {
                lost = new HashSet<>(Manifest.lost(file.text(), copy));
            } catch (IllegalArgumentException stays) {
                return false;
            }
            lost.removeAll(dropped);
            return lost.isEmpty()
                    || volumes.get().stream()
                            .allMatch(state -> state.fold(
                                    seen -> seen.snapshots().keySet().stream().noneMatch(lost::contains),
                                    absent -> true,
                                    nothing -> false));
        }
    }
}
