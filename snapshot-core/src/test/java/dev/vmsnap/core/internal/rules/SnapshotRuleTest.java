package dev.vmsnap.core.internal.rules;

import static dev.vmsnap.core.internal.rules.Scene.codes;
import static dev.vmsnap.core.internal.rules.Scene.delete;
import static dev.vmsnap.core.internal.rules.Scene.disk;
import static dev.vmsnap.core.internal.rules.Scene.only;
import static dev.vmsnap.core.internal.rules.Scene.restore;
import static dev.vmsnap.core.internal.rules.Scene.restoreConfiguration;
import static dev.vmsnap.core.internal.rules.Scene.snapshot;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.StorageKind;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.spi.VolumeState;
import dev.vmsnap.spi.VolumeState.Part;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SnapshotRuleTest {
    private final Scene scene = Scene.where(s -> s.claims.add(Scene.file("vdb")))
            .has(snapshot("a", false, "vda", "vdb"), snapshot("ram", true, "vda", "vdb"));

    @Test
    void aSnapshotThatIsNotThereIsNotFound() {
        assertThat(codes(scene.judge(restore("zzz")))).containsExactly(Code.SNAPSHOT_NOT_FOUND);
        assertThat(only(scene.judge(restore("zzz"))).data()).containsEntry("snapshot", "zzz");
    }

    @ParameterizedTest
    @EnumSource(
            value = Snapshot.Status.class,
            names = {"CREATING", "RESTORING", "DELETING"})
    void aSnapshotInTransitionCannotBeRestoredButCanBeDeletedSinceTheLeaseGuardsIt(Snapshot.Status status) {
        scene.tree = scene.tree.replace(snapshot("a", false, "vda", "vdb").withStatus(status));

        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.SNAPSHOT_IN_TRANSITION);
        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("status", status.name());
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void anUnavailableSnapshotIsRefusedForThatReasonAlone() {
        scene.tree = scene.tree.replace(snapshot("a", true, "vda", "vdz").unavailable(Snapshot.Reason.MISSING));

        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.SNAPSHOT_UNAVAILABLE);
    }

    @Test
    void aPartThatIsNoLongerOnStorageIsNamed() {
        scene.state("vdb", s -> Scene.holding(s, Map.of()));

        assertThat(only(scene.judge(restore("a"))).code()).isEqualTo(Code.SNAPSHOT_INCOMPLETE);
        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("disks", "vdb");

        scene.state("vda", s -> Scene.holding(s, Map.of()));
        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("disks", "vda, vdb");
        assertThat(only(scene.judge(restore("a"))).message()).contains("vda, vdb");
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Intent.Drift.class)
    void aDiskWhosePathTheNodeCannotTellMayBeTheVolumeThatItWas(Intent.Drift drift) {
        scene.claims.set(
                1,
                new DiskClaim(
                        new Disk(
                                "vdb",
                                Device.DISK,
                                SourceType.OTHER,
                                Optional.of("pool/vdb.qcow2: storage pool pool is not active"),
                                Optional.of("qcow2")),
                        Map.of()));

        List<Refusal> refusals =
                scene.judge(new Intent.Restore(SnapshotId.of("a"), drift)).refusals();

        assertThat(refusals).extracting(Refusal::code).contains(Code.NO_STORAGE_DRIVER);
        assertThat(refusals).extracting(Refusal::message).anyMatch(message -> message.contains("is not active"));
        assertThat(refusals).extracting(Refusal::message).noneMatch(message -> message.contains("is no longer a disk"));
    }

    @Test
    void aStorageThatIsAwayIsTheOnlyReasonWhoeverOwnsItsPlaceNow() {
        Refusal away = Refusal.of(Code.STORAGE_AWAY, "It does not answer.", "Bring it back.");
        scene.state("vdb", s -> new VolumeState.Unknown(s.volume(), away));
        assertThat(only(scene.judge(restore("a"))).code()).isEqualTo(Code.STORAGE_AWAY);

        scene.claims.set(1, new DiskClaim(Scene.file("vdb").disk(), Map.of()));
        assertThat(only(scene.judge(restore("a"))).code()).isEqualTo(Code.STORAGE_AWAY);

        scene.claims.set(1, new DiskClaim(Scene.file("vdb").disk(), Map.of("other", StorageKind.FILE)));
        assertThat(only(scene.judge(restore("a"))).code()).isEqualTo(Code.STORAGE_AWAY);
    }

    @Test
    void ramThatIsNoLongerInTheFirstVolumeIsNamed() {
        scene.state(
                "vda",
                s -> Scene.holding(s, Map.of(SnapshotId.of("ram"), Part.whole(0), SnapshotId.of("a"), Part.whole(0))));

        assertThat(only(scene.judge(restore("ram"))).data())
                .containsEntry("part", "ram")
                .containsEntry("disks", "vda");
        assertThat(scene.judge(restore("a")).allowed()).isTrue();
    }

    @Test
    void aPartThatIsThereButCannotBeUsedIsNamedAndOnlyDeletingIsLeft() {
        scene.state("vdb", s -> Scene.holding(s, Map.of(SnapshotId.of("a"), flawed(), SnapshotId.of("ram"), whole(0))));

        Refusal refusal = only(scene.judge(restore("a")));
        assertThat(refusal.code()).isEqualTo(Code.SNAPSHOT_INCOMPLETE);
        assertThat(refusal.data()).containsEntry("disks", "vdb").containsEntry("snapshot", "a");
        assertThat(refusal.message()).contains("cannot be used").doesNotContain("no longer");
        assertThat(refusal.remedy()).startsWith("Delete");
        assertThat(scene.judge(restore("ram")).allowed()).isTrue();
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void ofAPartThatIsGoneAndOneThatCannotBeUsedTheFirstIsTold() {
        scene.state("vda", s -> Scene.holding(s, Map.of(SnapshotId.of("a"), flawed())));
        scene.state("vdb", s -> Scene.holding(s, Map.of()));

        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("disks", "vdb");
    }

    @Test
    void aSnapshotThatRanFullSaysSo() {
        scene.tree = scene.tree.replace(snapshot("a", false, "vda", "vdb").unavailable(Snapshot.Reason.OVERFLOWN));

        assertThat(only(scene.judge(restore("a"))).code()).isEqualTo(Code.SNAPSHOT_UNAVAILABLE);
        assertThat(only(scene.judge(restore("a"))).data()).containsEntry("reason", "OVERFLOWN");
        assertThat(only(scene.judge(restore("a"))).message()).contains("the room for what has changed since ran out");
        assertThat(scene.judge(delete("a")).allowed()).isTrue();
    }

    @Test
    void ramBesideTheDisksIsLookedForWithTheVolumeThatKeepsIt() {
        Scene mixed = Scene.where(s -> s.claims = List.of(Scene.file("vda"), Scene.lvm("vdb"), Scene.lvm("vdc")));
        mixed.has(mixed.snapshotOfItsDisks("ram", true));
        mixed.state("vda", s -> Scene.holding(s, Map.of(SnapshotId.of("ram"), whole(0))));
        mixed.state("vdb", s -> Scene.holding(s, Map.of(SnapshotId.of("ram"), whole(1))));

        assertThat(mixed.judge(restore("ram")).refusals()).isEmpty();

        mixed.state("vdb", s -> Scene.holding(s, Map.of(SnapshotId.of("ram"), whole(0))));
        assertThat(only(mixed.judge(restore("ram"))).data())
                .containsEntry("part", "ram")
                .containsEntry("disks", "vdb");
    }

    @Test
    void anObjectionToOnePartRefusesTheRestoreOfThatSnapshotWhateverTheOptions() {
        Refusal objection = new Refusal(Code.DRIVER_REFUSED, "No.", "Clone it.", Map.of("why", "x"));
        Part objected = new Part(
                0,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                Optional.empty(),
                List.of(objection));
        Scene scene = Scene.ordinary().has(snapshot("a", false, "vda")).has(snapshot("b", false, "vda"));
        scene.state(
                "vda", s -> Scene.holding(s, Map.of(SnapshotId.of("a"), objected, SnapshotId.of("b"), Part.whole(0))));

        assertThat(scene.judge(Scene.restore("a")).refusals()).containsExactly(objection);
        assertThat(scene.judge(Scene.restoreConfiguration("a")).refusals()).containsExactly(objection);
        assertThat(scene.judge(Scene.restore("b")).allowed()).isTrue();
        assertThat(scene.judge(Scene.delete("a")).allowed()).isTrue();
    }

    private static Part whole(long ramBytes) {
        return Part.whole(ramBytes);
    }

    private static Part flawed() {
        return new Part(
                0, OptionalLong.of(1), OptionalLong.of(1), OptionalLong.of(1), Optional.of(Snapshot.Reason.OVERFLOWN));
    }

    @Test
    void aDiskOfTheSnapshotThatTheVmNoLongerHasIsRefusedUnlessTheConfigurationIsKept() {
        scene.claims.remove(1);

        for (Intent intent : List.of(restore("a"), restoreConfiguration("a"))) {
            assertThat(only(scene.judge(intent)).code()).isEqualTo(Code.CONFIGURATION_DRIFTED);
            assertThat(only(scene.judge(intent)).data())
                    .containsEntry("disk", "vdb")
                    .containsEntry("source", "/images/vdb");
        }
    }

    @Test
    void aDiskWhoseDataLiesElsewhereNowIsRefused() {
        scene.claims.set(1, claim("vdb", "/moved/vdb", "qcow2", false));

        assertThat(codes(scene.judge(restoreConfiguration("a")))).containsExactly(Code.CONFIGURATION_DRIFTED);
        assertThat(only(scene.judge(restoreConfiguration("a"))).message()).contains("/images/vdb");
    }

    @Test
    void aDiskThatOnlyChangedItsNameInTheVmIsStillTheSnapshots() {
        scene.situation();
        scene.claims.set(1, claim("sdb", "/images/vdb", "qcow2", false));
        scene.states.put("sdb", scene.states.remove("vdb"));

        assertThat(scene.judge(restore("a")).allowed()).isTrue();
    }

    @Test
    void aDiskOfAnotherFormatIsRefusedWithBothNamed() {
        scene.claims.set(1, claim("vdb", "/images/vdb", "raw", false));

        assertThat(only(scene.judge(restore("a"))).message()).contains("qcow2").contains("raw");
    }

    @Test
    void aDiskThatOtherVmsShareByNowIsRefused() {
        scene.claims.set(1, claim("vdb", "/images/vdb", "qcow2", true));

        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.DISK_SHAREABLE);
    }

    @Test
    void aDiskThatAnotherDriverOwnsByNowIsRefused() {
        scene.claims.set(1, new DiskClaim(disk("vdb"), Map.of("nas", StorageKind.NAS)));
        assertThat(only(scene.judge(restore("a"))).message())
                .contains("driver file")
                .contains("nas");

        scene.claims.set(1, new DiskClaim(disk("vdb"), Map.of()));
        assertThat(codes(scene.judge(restore("a")))).containsExactly(Code.NO_STORAGE_DRIVER);
    }

    @Test
    void deletingWithChildrenTakesTheWholeSubtreeAndPassesOverWhatIsGone() {
        scene.tree = scene.tree
                .grow(snapshot("b", false, "vda").withParent(Optional.of(SnapshotId.of("a"))))
                .grow(snapshot("c", false, "vda").withParent(Optional.of(SnapshotId.of("b"))));
        Set<SnapshotId> ids = Set.of(SnapshotId.of("a"), SnapshotId.of("c"), SnapshotId.of("gone"));

        assertThat(Rules.doomed(scene.tree, new Intent.Delete(ids, true)))
                .extracting(s -> s.id().value())
                .containsExactly("a", "b", "c");
        assertThat(Rules.doomed(scene.tree, new Intent.Delete(ids, false)))
                .extracting(s -> s.id().value())
                .containsExactly("a", "c");
    }

    private static DiskClaim claim(String target, String source, String format, boolean shareable) {
        return new DiskClaim(
                new Disk(
                        target,
                        Device.DISK,
                        SourceType.FILE,
                        Optional.of(source),
                        Optional.of(format),
                        shareable ? Set.of(Disk.Flag.SHAREABLE) : Set.of()),
                Map.of("file", StorageKind.FILE));
    }
}
