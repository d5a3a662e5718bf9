package dev.vmsnap.core.internal.rules;

import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the hypervisor must be able to do so that all disks are cut at one instant. */
public final class CutRule {
    private CutRule() {}

    /**
     * Tells whether the engine must hold the guest for the cut. With RAM inside images the hypervisor does it, and the
     * engine only while it reads what the machine keeps outside its disks.
     *
     * @param vm the VM as it is
     * @param volumes the volumes to cut
     * @param traits the traits of the storage drivers, by id
     * @param ram whether RAM is saved too
     * @return true when it runs and nothing else makes the cut one instant
     */
    public static boolean needsHold(
            VmDescription vm, List<Volume> volumes, Map<String, Set<Trait>> traits, boolean ram) {
        if (ram) {
            boolean beside =
                    RamPlace.of(volumes, traits).flatMap(RamPlace::beside).isPresent();
            return vm.power() == PowerState.RUNNING && (vm.machineState() || beside);
        }
        return (vm.power() == PowerState.RUNNING && vm.machineState()) || disksNeedHold(vm, volumes, traits);
    }

    /**
     * Tells whether the engine must hold the guest so that its disks alone are cut at one instant.
     *
     * @param vm the VM as it is
     * @param volumes the volumes to cut
     * @param traits the traits of the storage drivers, by id
     * @return true when it runs and neither the hypervisor nor one storage by itself cuts all of them at one instant
     */
    public static boolean disksNeedHold(VmDescription vm, List<Volume> volumes, Map<String, Set<Trait>> traits) {
        if (vm.power() != PowerState.RUNNING) {
            return false;
        }
        List<Volume> inImage =
                volumes.stream().filter(v -> has(traits, v, Trait.IN_IMAGE)).toList();
        long alone = volumes.stream()
                .filter(volume -> !inImage.contains(volume))
                .map(Volume::storage)
                .distinct()
                .count();
        boolean asked = volumes.stream()
                .anyMatch(volume -> has(traits, volume, Trait.HOLD_TO_CUT)
                        || (volumes.size() > 1 && has(traits, volume, Trait.HOLD_TO_CUT_SEVERAL)));
        boolean mixed = alone + (inImage.isEmpty() ? 0 : 1) > 1;
        return asked || mixed || (inImage.size() > 1 && !vm.atomicCut());
    }

    static Verdict create(Situation situation, VmDescription vm, List<Volume> volumes, boolean ram) {
        Optional<RamPlace> place = ram ? RamPlace.of(volumes, situation.traits()) : Optional.empty();
        Verdict hold = hold(situation, needsHold(vm, volumes, situation.traits(), ram));
        if (place.isPresent() && place.get().beside().isEmpty()) {
            return Findings.all(able(situation, Ability.IN_IMAGE_RAM, "save RAM inside disk images"), hold);
        }
        return Findings.all(
                inImage(situation, vm, volumes),
                place.isPresent() ? able(situation, Ability.RAM_BESIDE, "save RAM beside the disks") : Findings.NONE,
                hold);
    }

    static Verdict copy(Situation situation, VmDescription vm, List<Volume> volumes) {
        return Findings.all(
                inImage(situation, vm, volumes), hold(situation, disksNeedHold(vm, volumes, situation.traits())));
    }

    private static Verdict hold(Situation situation, boolean needed) {
        return needed ? able(situation, Ability.HOLD, "hold a running guest for the cut") : Findings.NONE;
    }

    static Verdict restore(Situation situation, List<Volume> volumes, boolean ram) {
        if (!ram) {
            return Findings.NONE;
        }
        boolean beside = RamPlace.of(volumes, situation.traits())
                .flatMap(RamPlace::beside)
                .isPresent();
        return beside
                ? able(situation, Ability.RAM_BESIDE, "restore RAM from beside the disks")
                : able(situation, Ability.IN_IMAGE_RAM, "restore RAM from disk images");
    }

    static Verdict delete(Situation situation, VmDescription vm, Collection<Volume> volumes) {
        return inImage(situation, vm, volumes);
    }

    private static Verdict inImage(Situation situation, VmDescription vm, Collection<Volume> volumes) {
        return vm.power().isActive()
                        && volumes.stream().anyMatch(volume -> has(situation.traits(), volume, Trait.IN_IMAGE))
                ? able(situation, Ability.IN_IMAGE, "work on snapshots inside the images of an active VM")
                : Findings.NONE;
    }

    private static Verdict able(Situation situation, Ability ability, String words) {
        if (situation.abilities().contains(ability)) {
            return Findings.NONE;
        }
        return Findings.refused(new Refusal(
                Refusal.Code.HYPERVISOR_UNSUPPORTED,
                "The hypervisor of " + Words.vm(situation) + " cannot " + words + ".",
                ability == Ability.IN_IMAGE_RAM || ability == Ability.RAM_BESIDE
                        ? "Work without RAM, or use a hypervisor driver that can."
                        : "Stop the VM, or use a hypervisor driver that can.",
                Map.of("ability", ability.name())));
    }

    private static boolean has(Map<String, Set<Trait>> traits, Volume volume, Trait trait) {
        return traits.getOrDefault(volume.storage(), Set.of()).contains(trait);
    }
}
