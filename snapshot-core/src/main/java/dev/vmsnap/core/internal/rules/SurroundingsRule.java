package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Whether the VM's node could start it again, and whether its disks are its own. */
final class SurroundingsRule {
    private SurroundingsRule() {}

    /** Nothing is stopped before the node can bring the VM back; a VM that is off stays off. */
    static Verdict startable(Situation situation, VmDescription vm) {
        String node = situation.chosen().map(Sighting::node).orElse("");
        return Findings.refused(situation.surroundings().obstacles().stream()
                .map(obstacle -> new Refusal(
                        Refusal.Code.NODE_UNSUITABLE,
                        "Node " + node + " could not start " + Words.vm(situation) + " again: " + obstacle + ".",
                        "Mend that on node " + node + ", then try again.",
                        Map.of(
                                "node",
                                node,
                                "obstacle",
                                obstacle,
                                "power",
                                vm.power().name())))
                .toList());
    }

    /** A snapshot of a disk that another VM has too can be taken, but somebody should know. */
    static Verdict noticed(Situation situation, List<Volume> volumes) {
        return Findings.all(volumes.stream().map(volume -> {
            String others = others(situation, volume);
            return others.isEmpty()
                    ? Findings.NONE
                    : Findings.noticed(
                            Verdict.Notice.Code.IMAGE_SHARED,
                            "Disk " + volume.target() + " (" + volume.source() + ") also belongs to " + others + ".",
                            Map.of("disk", volume.target(), "source", volume.source(), "vms", others));
        }));
    }

    /** Names the other VMs that have a disk, or snapshots on it. */
    static String others(Situation situation, Volume volume) {
        TreeSet<String> names = new TreeSet<>();
        situation
                .surroundings()
                .sharing()
                .getOrDefault(volume.key(), List.of())
                .forEach(name -> names.add("VM \"" + name + "\""));
        if (names.isEmpty()) {
            situation.states().seen(volume).map(VolumeState.Seen::snapshots).orElse(Map.of()).keySet().stream()
                    .filter(situation.surroundings().owners()::containsKey)
                    .forEach(id ->
                            names.add("VM " + situation.surroundings().owners().get(id)));
        }
        return names.stream().collect(Collectors.joining(", "));
    }
}
