package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.create;
import static dev.vmsnap.core.internal.rules.Scene.delete;
import static dev.vmsnap.core.internal.rules.Scene.notices;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class VolumeRuleTest {
    private static final Refusal OBJECTION = new Refusal(Code.DRIVER_REFUSED, "No.", "Ask later.", Map.of("why", "x"));
    private static final Notice NOTICE = new Notice(
            Notice.Code.FOREIGN_SNAPSHOTS, "There are others.", Map.of("disk", "vda", "source", "/images/a.qcow2"));

    private final Scene scene = Scene.ordinary().has(snapshot("a", false, "vda"));

    @Test
    void whatADriverHasAgainstAVerbRefusesThatVerbOnly() {
        Map<Verb, Intent> verbs = Map.of(Verb.CREATE, create(), Verb.RESTORE, restore("a"), Verb.DELETE, delete("a"));

        verbs.keySet().forEach(objected -> {
            scene.state("vda", s -> Scene.saying(s, Map.of(objected, List.of(OBJECTION))));
            verbs.forEach((verb, intent) -> assertThat(scene.judge(intent).refusals())
                    .as("%s against %s", verb, objected)
                    .isEqualTo(verb == objected ? List.of(OBJECTION) : List.of()));
        });
    }

    @Test
    void deletingAllHearsObjectionsToDeletingOneAndToDeletingAll() {
        scene.state("vda", s -> Scene.saying(s, Map.of(Verb.DELETE, List.of(OBJECTION))));
        assertThat(scene.judge(new Intent.DeleteAll()).refusals()).containsExactly(OBJECTION);

        scene.state("vda", s -> Scene.saying(s, Map.of(Verb.DELETE_ALL, List.of(OBJECTION))));
        assertThat(scene.judge(new Intent.DeleteAll()).refusals()).containsExactly(OBJECTION);
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void anObjectionToDeletingConcernsOnlyDisksOfTheDoomedSnapshots() {
        scene.claims.add(Scene.file("vdb"));
        scene.has(snapshot("b", false, "vdb"));
        scene.state("vdb", s -> Scene.saying(s, Map.of(Verb.DELETE, List.of(OBJECTION))));

        assertThat(scene.judge(delete("a")).allowed()).isTrue();
        assertThat(scene.judge(delete("b")).refusals()).containsExactly(OBJECTION);
        assertThat(scene.judge(delete("a", "b")).refusals()).containsExactly(OBJECTION);
    }

    @Test
    void anObjectionOfADiskThatTakesNoPartCountsForNothing() {
        scene.claims.add(Scene.file("vdb"));
        scene.state("vdb", s -> Scene.saying(s, Map.of(Verb.RESTORE, List.of(OBJECTION))));
        scene.drift = List.of("disk vdb was added");

        assertThat(scene.judge(Scene.restoreConfiguration("a")).allowed()).isTrue();
    }

    @Test
    void aDiskThatWasReplacedUnderItsNameHasNoSayInWhatTheOldOneHolds() {
        VolumeState other = Scene.saying(scene.seen("vda"), Map.of(Verb.DELETE, List.of(OBJECTION)));
        scene.tree = scene.tree.replace(Scene.withVolumes(
                snapshot("a", false),
                List.of(new Volume("vda", "/images/old", "qcow2", StorageKind.FILE, "file", OptionalLong.empty()))));
        scene.states.put("vda", other);

        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void noticesOfDriversAreHandedOnOnce() {
        scene.claims.add(Scene.file("vdb"));
        scene.state("vda", s -> Scene.saying(s, Map.of(), NOTICE));
        scene.state("vdb", s -> Scene.saying(s, Map.of(), NOTICE));

        assertThat(scene.judge(create()).notices()).containsExactly(NOTICE);
        assertThat(notices(scene.judge(restore("a")))).containsExactly(Notice.Code.FOREIGN_SNAPSHOTS);
        assertThat(notices(scene.judge(delete("a")))).containsExactly(Notice.Code.FOREIGN_SNAPSHOTS);
    }

    @Test
    void aDiskThatNobodyLookedAtIsNotTouched() {
        Situation full = scene.situation();
        Situation blind = new Situation(
                full.record(),
                full.settings(),
                full.sightings(),
                full.silentNodes(),
                full.nodes(),
                full.claims(),
                VolumeStates.NONE,
                full.abilities(),
                full.traits(),
                full.drift(),
                full.elsewhere(),
                full.destinations(),
                full.surroundings(),
                full.headroom());

        assertThat(codes(Rules.judge(blind, create(), Scene.ADMIN))).containsExactly(Code.IMAGE_UNUSABLE);
        assertThat(codes(Rules.judge(blind, restore("a"), Scene.ADMIN))).containsExactly(Code.IMAGE_UNUSABLE);
        assertThat(only(Rules.judge(blind, create(), Scene.ADMIN)).data()).containsEntry("disk", "vda");
        assertThat(Rules.judge(blind, delete("a"), Scene.ADMIN).allowed()).isTrue();
    }
}
