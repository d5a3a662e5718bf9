package dev.vmsnap.examples.storage;

import dev.vmsnap.CancelledException;
import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.Refusal;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.NodeFiles.FileSystem;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Raw disk files in one directory, with a copy of the file for each snapshot. On file systems with reflinks (XFS, Btrfs) a
 * copy takes no time and no space.
 *
 * <p>A snapshot of {@code /vm/disks/web.raw} is {@code /vm/disks/.vmsnap/web.raw/<id>}, and its RAM, if that is the VM's
 * first disk, {@code <id>.ram} beside it. What is not complete has a name that ends in {@code .part}, so that a name
 * without that ending is whole.
 */
public final class CopyStorage implements StorageDriver, StorageDriver.RamBeside {
    private static final String ID = "copy";

    private final String directory;

    /**
     * Makes a driver.
     *
     * @param directory the absolute path of the directory on the node that has the disk files
     */
    public CopyStorage(String directory) {
        this.directory = directory;
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Set<Trait> traits() {
        return Set.of(Trait.HOLD_TO_CUT, Trait.RAM_BESIDE);
    }

    @Override
    public Optional<StorageKind> claim(Disk disk, DriverCall call) {
        boolean ours = disk.type() == SourceType.FILE
                && disk.format().equals(Optional.of("raw"))
                && disk.source().filter(this::isHere).isPresent();
        return ours ? Optional.of(StorageKind.FILE) : Optional.empty();
    }

    @Override
    public List<VolumeState> inspect(List<Volume> volumes, DriverCall call) {
        Copies copies = new Copies(directory, call);
        return volumes.stream().map(volume -> state(volume, copies, call)).toList();
    }

    @Override
    public void prepare(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Copies copies = new Copies(directory, call);
        long needed = volumes.stream()
                .filter(volume -> !copies.of(volume).contains(id))
                .mapToLong(volume -> copies.size(volume).orElse(0))
                .sum();
        if (needed > fileSystem(call).freeBytes()) {
            throw new DriverException(ID, Reason.NO_SPACE, directory + " has less than " + needed + " bytes free");
        }
    }

    @Override
    public void cut(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Copies copies = new Copies(directory, call);
        List<Volume> made = new ArrayList<>();
        try {
            for (Volume volume : volumes) {
                if (call.cancelled()) {
                    throw new CancelledException("the copies for snapshot " + id + " were cancelled");
                }
                if (!copies.of(volume).contains(id)) {
                    made.add(volume);
                    copies.take(volume, id);
                }
                call.report((volumes.indexOf(volume) + 1.0) / volumes.size());
            }
        } catch (DriverException | CancelledException failed) {
            undo(made, id, copies, failed);
            throw failed;
        }
    }

    @Override
    public void restore(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Copies copies = new Copies(directory, call);
        for (Volume volume : volumes) {
            if (!copies.of(volume).contains(id)) {
                throw new DriverException(ID, Reason.MISSING, volume.source() + " has no copy for snapshot " + id);
            }
        }
        volumes.forEach(volume -> copies.stage(volume, id));
        if (call.cancelled()) {
            reclaim(volumes, call);
            throw new CancelledException("going back to snapshot " + id + " was cancelled");
        }
        volumes.forEach(copies::swap);
        call.report(1);
    }

    @Override
    public void delete(List<Volume> volumes, SnapshotId id, DriverCall call) {
        Copies copies = new Copies(directory, call);
        volumes.forEach(copies::size);
        volumes.forEach(volume -> copies.drop(volume, id));
        call.report(1);
    }

    @Override
    public void reclaim(List<Volume> volumes, DriverCall call) {
        Copies copies = new Copies(directory, call);
        volumes.forEach(copies::dropParts);
    }

    @Override
    public void publish(List<Volume> volumes, RecordsCopy copy, Set<SnapshotId> dropped, DriverCall call) {
        // A name for each store, so that none writes over another one's copy.
        String path = directory + "/" + Copies.PLACE + "/" + copy.record().vm() + "." + call.store() + ".json";
        if (copy.record().tree().isEmpty()) {
            call.hypervisor().files().delete(path);
        } else {
            call.hypervisor().files().write(path, Manifest.of(copy));
        }
        new Copies(directory, call).dropEmptyPlace();
    }

    @Override
    public void reserveRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call) {
        new Copies(directory, call).reserveRam(volumes.get(0), id, bytes);
    }

    @Override
    public String openRam(List<Volume> volumes, SnapshotId id, DriverCall call) {
        return new Copies(directory, call).openRam(volumes.get(0), id);
    }

    @Override
    public void keepRam(List<Volume> volumes, SnapshotId id, long bytes, DriverCall call) {
        new Copies(directory, call).keepRam(volumes.get(0), id, bytes);
    }

    @Override
    public void closeRam(List<Volume> volumes, SnapshotId id, DriverCall call) {
        // A file needs no closing.
    }

    private static void undo(List<Volume> made, SnapshotId id, Copies copies, RuntimeException failed) {
        for (Volume volume : made) {
            try {
                copies.drop(volume, id);
            } catch (DriverException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
        }
    }

    private VolumeState state(Volume volume, Copies copies, DriverCall call) {
        try {
            return known(volume, copies, call);
        } catch (DriverException failure) {
            return new VolumeState.Unknown(volume, unknown(volume, failure));
        }
    }

    private static Refusal unknown(Volume volume, DriverException failure) {
        boolean away = failure.reason() == Reason.UNREACHABLE || failure.reason() == Reason.TIMEOUT;
        return Refusal.of(
                away ? Refusal.Code.STORAGE_AWAY : Refusal.Code.IMAGE_UNUSABLE,
                volume.source() + " cannot be inspected: " + failure.getMessage() + ".",
                failure.recovery());
    }

    private VolumeState known(Volume volume, Copies copies, DriverCall call) {
        OptionalLong size = copies.size(volume);
        if (size.isEmpty()) {
            return new VolumeState.Absent(
                    volume,
                    Refusal.of(Refusal.Code.IMAGE_UNUSABLE, volume.source() + " is missing.", "Bring the file back."));
        }
        Map<SnapshotId, VolumeState.Part> snapshots = new HashMap<>();
        copies.of(volume).forEach(id -> snapshots.put(id, VolumeState.Part.whole(copies.ramBytes(volume, id))));
        return new VolumeState.Seen(
                volume.withVirtualBytes(size.getAsLong()),
                fileSystem(call).mount(),
                fileSystem(call).freeBytes(),
                size.getAsLong(),
                snapshots,
                List.of(),
                OptionalLong.empty(),
                0,
                Map.of(),
                List.of());
    }

    private FileSystem fileSystem(DriverCall call) {
        return call.hypervisor()
                .files()
                .fileSystem(directory)
                .orElseThrow(() -> new DriverException(ID, Reason.MISSING, directory + " is missing"));
    }

    private boolean isHere(String source) {
        return Pattern.matches(Pattern.quote(directory + "/") + "[^./][^/]*", source);
    }
}
