package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.Refusal;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Verdict;
import dev.vmsnap.spi.RecordsCopy;
import dev.vmsnap.spi.VolumeState;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Decides whether records may be made again from copies, and which copies can be kept at all. */
public final class RebuildRule {
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");
    private static final int LONGEST_TEXT = 4096;

    private RebuildRule() {}

    /**
     * Judges a rebuild. A disk of which nothing is known refuses it: its parts would count as missing.
     *
     * @param situation where the VM is, and the states of its disks
     * @param actor who asks
     * @return the verdict with every refusal that was found
     */
    public static Verdict judge(Situation situation, Actor actor) {
        return Findings.all(
                actor.isAdministrator()
                        ? Findings.NONE
                        : Findings.refused(new Refusal(
                                Refusal.Code.ADMINISTRATOR_ONLY,
                                "Only an administrator may rebuild the records of " + Words.vm(situation) + ".",
                                "Ask an administrator to do it.",
                                Map.of("actor", actor.name()))),
                PresenceRule.needed(situation),
                inspected(List.of(situation.states())));
    }

    /**
     * Judges the states of the disks as several stores see them. A disk of which nothing is known refuses the rebuild.
     *
     * @param views the states, for each store that has a copy or parts there
     * @return the verdict with every refusal that was found
     */
    public static Verdict inspected(Collection<VolumeStates> views) {
        return Findings.refused(views.stream()
                .flatMap(VolumeStates::all)
                .filter(VolumeState.Unknown.class::isInstance)
                .map(state -> ((VolumeState.Unknown) state).why())
                .distinct()
                .toList());
    }

    /** Whether every text and time of a copy is one that a verb would have accepted. */
    static boolean isSound(RecordsCopy copy) {
        return Stream.concat(
                                Stream.of(copy.record().name()),
                                Stream.concat(copy.record().node().stream(), copy.record().template().stream()))
                        .allMatch(RebuildRule::isSound)
                && copy.record().tree().snapshots().stream().allMatch(RebuildRule::isSound);
    }

    private static boolean isSound(Snapshot snapshot) {
        List<Instant> times = Stream.concat(Stream.of(snapshot.createdAt()), snapshot.labels().expiresAt().stream())
                .toList();
        Stream<String> texts = Stream.concat(
                Stream.concat(Stream.of(snapshot.node()), snapshot.excluded().stream()),
                snapshot.receipt().stream()
                        .flatMap(receipt -> Stream.concat(Stream.of(receipt.hypervisor()), receipt.notes().stream())));
        return TextRule.edit(snapshot.labels()).allowed()
                && texts.allMatch(RebuildRule::isSound)
                && times.stream().noneMatch(time -> time.isBefore(Instant.EPOCH) || time.isAfter(LATEST));
    }

    private static boolean isSound(String text) {
        return text.length() <= LONGEST_TEXT && text.chars().noneMatch(Character::isISOControl);
    }
}
