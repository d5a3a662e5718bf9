package dev.vmsnap.core.internal.run;

import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.StorageDriver;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the copies of records beside disks, and inspects the disks as the stores of the copies know them. Changes nothing. */
final class PublishedRecords {
    private final Wiring wiring;

    PublishedRecords(Wiring wiring) {
        this.wiring = wiring;
    }

    /** The disks on storage whose driver returns copies, by the id of the driver. */
    Map<String, List<Volume>> byStorage(List<Volume> disks) {
        Map<String, List<Volume>> all = new LinkedHashMap<>(Survey.byStorage(disks));
        all.keySet().removeIf(storage -> !(wiring.storages().get(storage) instanceof StorageDriver.Rebuilding));
        return all;
    }

    RecordsCopy.Found published(String storage, List<Volume> volumes, Sighting at) {
        return wiring.storage(storage) instanceof StorageDriver.Rebuilding driver
                ? driver.published(volumes, call(at, wiring.store().id()))
                : new RecordsCopy.Found(List.of(), List.of());
    }

    /** The states of disks with the parts of one store. */
    VolumeStates inspect(List<Volume> disks, Sighting at, String store) {
        return new VolumeSurvey(wiring).inspect(disks, call(at, store));
    }

    private DriverCall call(Sighting at, String store) {
        return Call.toInspect(at.vm(), wiring.node(at.node()), store);
    }
}
