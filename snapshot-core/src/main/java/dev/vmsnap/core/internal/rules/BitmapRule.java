package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Dirty bitmaps, with which no image goes back: they are an obstacle, unless somebody has said that they may go. */
public final class BitmapRule {
    private BitmapRule() {}

    /**
     * Returns the volumes whose bitmaps a restore drops.
     *
     * @param situation every fact that it depends on
     * @param volumes the volumes to restore
     * @param options what the caller has chosen
     * @return those that have bitmaps and whose storage driver can remove them; empty unless that was chosen
     */
    public static List<Volume> dropped(Situation situation, Collection<Volume> volumes, Intent.RestoreOptions options) {
        return volumes.stream()
                .filter(volume -> options.dropBitmaps()
                        && situation.traitsOf(volume.storage()).contains(Trait.BITMAP_REMOVAL)
                        && situation.stateOf(volume).stream()
                                .flatMap(state -> state.objectionsTo(Verb.RESTORE).stream())
                                .anyMatch(BitmapRule::isAboutBitmaps))
                .toList();
    }

    /** Returns the storage drivers' objections to a restore, without those that the caller has waived. */
    static Verdict restore(Situation situation, Collection<Volume> volumes, Intent.RestoreOptions options) {
        List<Volume> dropped = dropped(situation, volumes, options);
        return Findings.all(volumes.stream().map(volume -> {
            Verdict found = VolumeRule.inspected(situation, List.of(volume), Verb.RESTORE);
            return dropped.contains(volume) ? withoutBitmaps(volume, found) : found;
        }));
    }

    private static Verdict withoutBitmaps(Volume volume, Verdict found) {
        Verdict.Notice gone = new Verdict.Notice(
                Verdict.Notice.Code.BITMAPS_DROPPED,
                "The dirty bitmaps of disk " + volume.target()
                        + " will be dropped, so the next backup of it must be a full one.",
                Map.of("disk", volume.target(), "source", volume.source()));
        return new Verdict(
                found.refusals().stream()
                        .filter(refusal -> !isAboutBitmaps(refusal))
                        .toList(),
                Stream.concat(
                                found.notices().stream()
                                        .filter(notice -> notice.code() != Verdict.Notice.Code.DIRTY_BITMAPS),
                                Stream.of(gone))
                        .toList());
    }

    private static boolean isAboutBitmaps(Refusal refusal) {
        return refusal.code() == Refusal.Code.DIRTY_BITMAPS;
    }
}
