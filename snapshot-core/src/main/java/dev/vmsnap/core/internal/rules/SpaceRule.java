package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Whether there is room. */
public final class SpaceRule {
    private static final long DEVICE_BYTES = 64L << 20;
    private static final int RAM_PER_FRAMING = 100;

    private SpaceRule() {}

    /**
     * Returns what one more snapshot needs. With RAM it is the worst case, all of the RAM with the first volume of its
     * {@linkplain RamPlace place}; inside an image pages of zeros take no room.
     *
     * @param volumes the volumes that take part; those that were not seen count nothing
     * @param states their states
     * @param traits the traits of the storage drivers, by id
     * @param memoryBytes the guest's RAM in bytes when it is saved too
     * @return bytes by store
     */
    public static SortedMap<String, Long> bytesNeeded(
            List<Volume> volumes, VolumeStates states, Map<String, Set<Trait>> traits, OptionalLong memoryBytes) {
        SortedMap<String, Long> needed = new TreeMap<>();
        Optional<Volume> withRam = memoryBytes.isPresent()
                ? RamPlace.of(volumes, traits)
                        .flatMap(place -> volumes.stream().filter(place::isWith).findFirst())
                : Optional.empty();
        for (Volume volume : volumes) {
            long ram = withRam.filter(volume::equals).isPresent() ? ramBytes(memoryBytes.getAsLong()) : 0;
            states.seen(volume).ifPresent(state -> needed.merge(state.store(), state.neededBytes() + ram, Long::sum));
        }
        return Collections.unmodifiableSortedMap(needed);
    }

    static Verdict create(Situation situation, VmDescription vm, List<Volume> volumes, boolean ram) {
        Map<String, Long> worst =
                needed(situation, volumes, ram ? OptionalLong.of(vm.memoryBytes()) : OptionalLong.empty());
        boolean reserved = RamPlace.of(volumes, situation.traits())
                .flatMap(RamPlace::beside)
                .isPresent();
        Map<String, Long> atOnce = reserved ? worst : needed(situation, volumes, OptionalLong.empty());
        return Findings.all(worst.entrySet().stream()
                .map(store -> store(
                        situation,
                        store.getKey(),
                        free(situation, volumes, store.getKey()),
                        atOnce.getOrDefault(store.getKey(), 0L),
                        store.getValue())));
    }

    private static Map<String, Long> needed(Situation situation, List<Volume> volumes, OptionalLong memoryBytes) {
        return bytesNeeded(volumes, situation.states(), situation.traits(), memoryBytes);
    }

    private static Verdict store(Situation situation, String store, long free, long atOnce, long worst) {
        if (free < atOnce) {
            return refused(situation, store, free, atOnce);
        }
        if (situation.headroom().isPresent()) {
            long headroom = situation.headroom().getAsLong();
            return free - worst < headroom ? refused(situation, store, free, worst + headroom) : Findings.NONE;
        }
        return free < worst
                ? Findings.noticed(
                        Verdict.Notice.Code.SPACE_MAY_RUN_OUT,
                        "In the worst case the snapshot of " + Words.vm(situation) + " needs " + Words.bytes(worst)
                                + " on " + store + ", where " + Words.bytes(free) + " are free.",
                        Map.of("store", store, "needed", Long.toString(worst), "free", Long.toString(free)))
                : Findings.NONE;
    }

    private static Verdict refused(Situation situation, String store, long free, long needed) {
        return Findings.refused(new Refusal(
                Refusal.Code.NO_SPACE,
                "A snapshot of " + Words.vm(situation) + " needs " + Words.bytes(needed) + " on " + store + ", where "
                        + Words.bytes(free) + " are free.",
                "Free space on " + store + ", then try again; deleting a snapshot needs none.",
                Map.of("store", store, "needed", Long.toString(needed), "free", Long.toString(free))));
    }

    private static long free(Situation situation, List<Volume> volumes, String store) {
        return volumes.stream()
                .flatMap(volume -> situation.states().seen(volume).stream())
                .filter(state -> state.store().equals(store))
                .mapToLong(VolumeState.Seen::freeBytes)
                .min()
                .orElse(0);
    }

    /**
     * Returns how much room the RAM and device state of a guest can take.
     *
     * @param memoryBytes the guest's RAM in bytes
     * @return in bytes
     */
    public static long ramBytes(long memoryBytes) {
        return memoryBytes + memoryBytes / RAM_PER_FRAMING + DEVICE_BYTES;
    }
}
