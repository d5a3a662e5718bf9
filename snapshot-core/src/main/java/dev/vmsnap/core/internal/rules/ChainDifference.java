package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Compares the layers below images with those at the cut. A snapshot inside an image holds the clusters of that image alone:
 * what it did not have then is read from the layers below now.
 */
public final class ChainDifference {
    private ChainDifference() {}

    /**
     * Finds the images that do not stand on the layers of a snapshot any more.
     *
     * @param situation the states that were seen
     * @param snapshot which snapshot
     * @return one refusal for each
     */
    public static List<Refusal> of(Situation situation, Snapshot snapshot) {
        return snapshot.volumes().stream()
                .flatMap(volume ->
                        difference(situation, volume)
                                .map(difference -> refusal(situation, snapshot, volume, difference))
                                .stream())
                .toList();
    }

    /** One notice for each image on layers of which nobody recorded whether they were there at the cut. */
    static List<Verdict.Notice> unrecorded(Situation situation, Snapshot snapshot) {
        return snapshot.volumes().stream()
                .filter(volume -> volume.chain().isEmpty())
                .flatMap(volume -> now(situation, volume).stream()
                        .filter(chain -> !chain.layers().isEmpty())
                        .map(chain -> new Verdict.Notice(
                                Verdict.Notice.Code.CHAIN_UNKNOWN,
                                "The record of " + Words.snapshot(snapshot) + " is too old to say on which layers disk "
                                        + volume.target() + " stood; it stands on "
                                        + chain.layers().get(0).path() + " now.",
                                Map.of(
                                        "snapshot",
                                        snapshot.id().value(),
                                        "disk",
                                        volume.target(),
                                        "source",
                                        volume.source()))))
                .toList();
    }

    private static Optional<String> difference(Situation situation, Volume volume) {
        return volume.chain().flatMap(then -> now(situation, volume).flatMap(now -> now.differenceFrom(then)));
    }

    private static Optional<Chain> now(Situation situation, Volume volume) {
        return situation.states().seen(volume).flatMap(state -> state.volume().chain());
    }

    private static Refusal refusal(Situation situation, Snapshot snapshot, Volume volume, String difference) {
        return new Refusal(
                Refusal.Code.CHAIN_CHANGED,
                "The image of disk " + volume.target() + " (" + volume.source() + ") of " + Words.vm(situation)
                        + " does not stand on the layers of " + Words.snapshot(snapshot) + " any more: " + difference
                        + ".",
                "Put the layers back as they were at the snapshot, each with its time of change; or copy what the guest"
                        + " has now and delete the snapshot.",
                Map.of(
                        "snapshot", snapshot.id().value(),
                        "disk", volume.target(),
                        "source", volume.source(),
                        "difference", difference));
    }

    /** Refuses to cut in an overlay that another tool has put on an image with snapshots of the VM: it would go with it. */
    static Verdict noOverlay(Situation situation, List<Volume> volumes) {
        return Findings.refused(volumes.stream()
                .flatMap(volume -> now(situation, volume).stream()
                        .flatMap(chain -> chain.layers().stream())
                        .map(Chain.Layer::path)
                        .filter(path -> holdsSnapshots(situation, path))
                        .map(path -> overlay(situation, volume, path)))
                .toList());
    }

    private static boolean holdsSnapshots(Situation situation, String path) {
        return situation.record().tree().snapshots().stream()
                .flatMap(snapshot -> snapshot.volumes().stream())
                .anyMatch(volume -> volume.source().equals(path));
    }

    private static Refusal overlay(Situation situation, Volume volume, String path) {
        return new Refusal(
                Refusal.Code.IMAGE_UNUSABLE,
                "Disk " + volume.target() + " (" + volume.source() + ") of " + Words.vm(situation)
                        + " is an overlay that another tool has put on " + path
                        + ", which holds the VM's snapshots; what is taken in the overlay would go with it.",
                "Let that tool commit its overlay, for example with 'virsh blockcommit DOMAIN " + volume.target()
                        + " --base \"" + path + "\" --active --pivot' while the VM runs, then try again.",
                Map.of("disk", volume.target(), "source", volume.source(), "base", path));
    }
}
