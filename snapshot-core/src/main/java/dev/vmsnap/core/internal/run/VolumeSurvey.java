package dev.vmsnap.core.internal.run;

import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.DiskClaim;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/** Asks storage drivers about volumes. Changes nothing. */
final class VolumeSurvey {
    private final Wiring wiring;

    VolumeSurvey(Wiring wiring) {
        this.wiring = wiring;
    }

    /** The storage drivers that say that a disk is theirs, for each disk. */
    List<DiskClaim> claims(VmDescription vm, DriverCall call) {
        List<DiskClaim> claims = new ArrayList<>();
        for (VmDescription.Disk disk : vm.disks()) {
            Map<String, StorageKind> owners = new LinkedHashMap<>();
            if (disk.source().isPresent()) {
                wiring.storages()
                        .forEach((id, driver) -> driver.claim(disk, call).ifPresent(kind -> owners.put(id, kind)));
            }
            claims.add(new DiskClaim(disk, owners));
        }
        return claims;
    }

    /** The volumes of a VM: those of its snapshots, and those that the next snapshot would take. */
    List<Volume> volumes(VmRecord record, VmDescription vm, DriverCall call) {
        return volumes(record, claims(vm, call));
    }

    static List<Volume> volumes(VmRecord record, List<DiskClaim> claims) {
        return Volumes.distinct(Stream.concat(
                Survey.volumes(record, Inquiry.all(record.tree())).stream(),
                Participation.unmarked(claims).volumes().stream()));
    }

    /** The states of volumes; drivers are asked once each. */
    VolumeStates inspect(List<Volume> volumes, DriverCall call) {
        return states(volumes, (driver, owned) -> driver.inspect(owned, call));
    }

    /** As {@link #inspect}, with what takes longer to count. */
    VolumeStates examine(List<Volume> volumes, DriverCall call) {
        return states(volumes, (driver, owned) -> driver.examine(owned, call));
    }

    private VolumeStates states(List<Volume> volumes, BiFunction<StorageDriver, List<Volume>, List<VolumeState>> look) {
        List<VolumeState> states = new ArrayList<>();
        Survey.byStorage(volumes).forEach((storage, owned) -> {
            StorageDriver driver = wiring.storages().get(storage);
            if (driver != null) {
                states.addAll(look.apply(driver, owned));
            }
        });
        return new VolumeStates(states);
    }
}
