package dev.vmsnap.core.internal.run;

import dev.vmsnap.SnapshotId;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmRecord;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes the copy of a VM's records that storage keeps. */
final class Publication {
    private Publication() {}

    static RecordsCopy of(Wiring wiring, VmRecord record) {
        Map<SnapshotId, VmConfiguration> configurations = record.tree().isEmpty()
                ? Map.of()
                : wiring.store().configurations(record.vm()).entrySet().stream()
                        .filter(entry -> record.tree().find(entry.getKey()).isPresent())
                        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new RecordsCopy(Optional.of(wiring.store().id()), wiring.clock().instant(), record, configurations);
    }
}
