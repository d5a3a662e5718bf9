package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.Collection;
import java.util.Map;

/** What storage drivers have against a verb. */
final class VolumeRule {
    private VolumeRule() {}

    /** For what must not begin before every volume was looked at. */
    static Verdict inspected(Situation situation, Collection<Volume> volumes, Verb verb) {
        return Findings.all(volumes.stream().map(volume -> situation
                .stateOf(volume)
                .map(state -> said(state, verb))
                .orElseGet(() -> silent(volume))));
    }

    /** Without its driver a volume's snapshots can be neither restored nor deleted. */
    static Verdict driven(Situation situation, Collection<Volume> volumes) {
        return Findings.refused(volumes.stream()
                .filter(volume -> !situation.traits().containsKey(volume.storage()))
                .map(volume -> new Refusal(
                        Refusal.Code.NO_STORAGE_DRIVER,
                        "Disk " + volume.target() + " (" + volume.source() + ") has snapshots made by storage driver "
                                + volume.storage() + ", which this engine does not have.",
                        "Add storage driver " + volume.storage() + " to the engine.",
                        Map.of("disk", volume.target(), "source", volume.source(), "driver", volume.storage())))
                .toList());
    }

    private static Verdict said(VolumeState state, Verb verb) {
        return new Verdict(state.objectionsTo(verb), state.notices());
    }

    private static Verdict silent(Volume volume) {
        return Findings.refused(new Refusal(
                Refusal.Code.IMAGE_UNUSABLE,
                "Disk " + volume.target() + " (" + volume.source() + ") was not inspected.",
                "See whether storage driver " + volume.storage() + " can reach the disk.",
                Map.of("disk", volume.target(), "source", volume.source(), "driver", volume.storage())));
    }
}
