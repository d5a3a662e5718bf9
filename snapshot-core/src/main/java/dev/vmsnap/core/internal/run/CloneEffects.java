package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.plan.StepKind;
import dev.vmsnap.spi.StorageDriver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** What copies disks. Everything that is needed to take copies away again is in the journal from the beginning. */
final class CloneEffects {

    private CloneEffects() {}

    static Map<StepKind, Effect> all() {
        return Map.of(
                StepKind.COPY, new Copy(),
                StepKind.REVEAL, new Reveal(),
                StepKind.HAND_OVER,
                        (work, storage) -> cloning(work, storage)
                                .handOver(of(work, storage), id(work), destinations(work, storage), work.call()));
    }

    /** What the journal must know of copies. */
    static Map<String, String> facts(List<Volume> volumes, Map<String, String> destinations) {
        Map<String, String> facts = new HashMap<>();
        for (Volume volume : volumes) {
            facts.put(Facts.COPY_TO + volume.target(), destinations.getOrDefault(volume.target(), ""));
            facts.put(Facts.COPY_OF + volume.target(), volume.source());
            facts.put(Facts.COPY_STORAGE + volume.target(), volume.storage());
            facts.put(Facts.COPY_FORMAT + volume.target(), volume.format());
            facts.put(Facts.COPY_KIND + volume.target(), volume.kind().name());
            volume.virtualBytes()
                    .ifPresent(bytes -> facts.put(Facts.COPY_BYTES + volume.target(), Long.toString(bytes)));
        }
        return facts;
    }

    private static final class Copy implements Effect {
        @Override
        public void run(Work work, String storage) {
            cloning(work, storage).copy(of(work, storage), id(work), destinations(work, storage), work.call());
        }

        @Override
        public void undo(Work work, String storage) {
            discard(work, storage);
        }
    }

    private static final class Reveal implements Effect {
        @Override
        public void run(Work work, String storage) {
            cloning(work, storage).reveal(of(work, storage), id(work), destinations(work, storage), work.call());
        }

        @Override
        public void undo(Work work, String storage) {
            discard(work, storage);
        }
    }

    private static void discard(Work work, String storage) {
        cloning(work, storage).discard(of(work, storage), id(work), destinations(work, storage), work.call());
    }

    private static List<Volume> of(Work work, String storage) {
        Map<String, String> facts = work.entry().facts();
        return destinations(work, storage).keySet().stream()
                .sorted()
                .map(target -> new Volume(
                        target,
                        facts.getOrDefault(Facts.COPY_OF + target, ""),
                        facts.getOrDefault(Facts.COPY_FORMAT + target, ""),
                        StorageKind.valueOf(facts.getOrDefault(Facts.COPY_KIND + target, StorageKind.OTHER.name())),
                        storage,
                        Optional.ofNullable(facts.get(Facts.COPY_BYTES + target))
                                .map(Long::parseLong)
                                .map(OptionalLong::of)
                                .orElseGet(OptionalLong::empty)))
                .toList();
    }

    private static Map<String, String> destinations(Work work, String storage) {
        Map<String, String> facts = work.entry().facts();
        Map<String, String> destinations = new HashMap<>();
        facts.forEach((key, place) -> {
            if (key.startsWith(Facts.COPY_TO)) {
                String target = key.substring(Facts.COPY_TO.length());
                if (storage.equals(facts.get(Facts.COPY_STORAGE + target))) {
                    destinations.put(target, place);
                }
            }
        });
        return destinations;
    }

    private static SnapshotId id(Work work) {
        return work.entry().snapshots().get(0);
    }

    private static StorageDriver.Cloning cloning(Work work, String storage) {
        if (work.storage(storage) instanceof StorageDriver.Cloning cloning) {
            return cloning;
        }
        throw new DriverException(
                storage, DriverException.Reason.BROKEN, "Storage driver " + storage + " cannot copy volumes.");
    }
}
