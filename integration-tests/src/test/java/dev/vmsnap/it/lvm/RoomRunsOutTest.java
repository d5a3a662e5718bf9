package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import dev.vmsnap.DriverException.Reason;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotEvent;
import dev.vmsnap.SnapshotEvent.Phase;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.lab.node.NodeTicker;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Snapshots and pools that really run full: the guest comes before the snapshot, and every state has an exit. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node b")
final class RoomRunsOutTest {
    /** Gives a pool so many volumes that LVM does not know of that they leave a tenth of its metadata. */
    private static final String FILL_METADATA = """
            lvchange -q -an vg_own
            lvcreate -q -y -L 4m -n meta vg_own
            lvconvert -q -y --thinpool vg_own/pool --poolmetadata vg_own/meta
            lvchange -q -ay vg_own/meta
            thin_dump /dev/vg_own/meta >/tmp/metadata
            awk '/<[/]superblock>/ {
                for (i = 100000; i < 100800; i++)
                    print "<device dev_id=\\"" i "\\" mapped_blocks=\\"1\\" transaction=\\"0\\" creation_time=\\"0\\"" \
                        " snap_time=\\"0\\"><single_mapping origin_block=\\"0\\" data_block=\\"0\\" time=\\"0\\"/></device>"
            } { print }' /tmp/metadata >/tmp/more
            thin_restore -i /tmp/more -o /dev/vg_own/meta
            lvchange -q -an vg_own/meta
            lvconvert -q -y --thinpool vg_own/pool --poolmetadata vg_own/meta
            lvremove -q -y vg_own/meta
            lvchange -q -ay vg_own
            """;

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a", "b");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "b");

    @Test
    void aThickSnapshotThatOverflowsIsUnavailableOnceRecoverHasProvedIt() {
        String disk = lab.thick("vda", 64);
        LvmHost host = LvmHost.of(
                        lab, LvmStorage.inVolumeGroup(LvmLab.GROUP).snapshotSize(25), builder -> builder, disk)
                .boot();
        Space before = lab.volumes().space();
        Contents contents = new Contents(lab.node(), List.of(disk));
        Snapshot snapshot = host.create("small");
        assertThat(host.snapshots().usage(host.vm())).singleElement().satisfies(usage -> assertThat(usage.roomBytes())
                .hasValue(16L << 20));

        contents.fill(16, 14);
        assertThat(host.snapshots().usage(host.vm()).get(0).fill()).isBetween(0.8, 0.99);
        host.snapshots().usage(host.vm());
        assertThat(host.events(Phase.FILLING))
                .singleElement()
                .extracting(SnapshotEvent::snapshots)
                .isEqualTo(List.of(snapshot.id()));
        assertThat(host.find(snapshot.id()).status()).isEqualTo(Snapshot.Status.AVAILABLE);

        contents.fill(32, 8);
        host.snapshots().usage(host.vm());
        assertThat(host.find(snapshot.id()).status())
                .as("reading writes nothing")
                .isEqualTo(Snapshot.Status.AVAILABLE);
        host.snapshots().recover(host.vm());
        assertThat(host.find(snapshot.id()).status()).isEqualTo(Snapshot.Status.UNAVAILABLE);
        assertThat(host.find(snapshot.id()).reason()).contains(Snapshot.Reason.OVERFLOWN);
        assertThatThrownBy(() -> host.restore(snapshot))
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.refusals())
                        .extracting(Refusal::code)
                        .containsExactly(Code.SNAPSHOT_UNAVAILABLE));
        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();

        host.delete(snapshot);
        assertThat(lab.volumes().space()).isEqualTo(before);
        assertThat(host.snapshots().doctor(host.vm())).isEmpty();
        host.tickOn();
    }

    @Test
    void aFullPoolTakesNoSnapshotAndGivesUpOldOnes() {
        lab.pool("pool", 64);
        lab.lvm("lvchange -q -y --errorwhenfull y vg_own/pool");
        LvmHost host = LvmHost.of(lab, lab.thin("pool", "vda", 64)).boot();
        Space before = lab.volumes().space();
        Snapshot old = host.create("before it is full");
        host.tickOn();
        String filler = lab.thin("pool", "others", 256);
        lab.node().attempt("dd", "if=/dev/zero", "of=" + filler, "bs=1M", "oflag=direct");
        assertThat(lab.volumes().find("vg_own/pool").orElseThrow().attributes()).contains("D");

        assertRefused(Code.NO_SPACE, "thin pool vg_own/pool", () -> host.create("too late"));
        assertRefused(Code.NO_SPACE, "thin pool vg_own/pool", () -> host.restore(old));

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        host.delete(old);
        lab.lvm("lvremove -q -y vg_own/others");
        assertThat(lab.volumes().space()).isEqualTo(before);
        Snapshot next = host.create("room again");
        host.restore(next);
        host.snapshots().deleteAll(host.vm(), ADMIN).await();
        host.tickOn();
    }

    @Test
    void aPoolThatRunsFullWhileRamIsWrittenLosesNothingButThatSnapshot() {
        lab.pool("pool", 160);
        lab.lvm("lvchange -q -y --errorwhenfull y vg_own/pool");
        String filler = lab.thin("pool", "others", 512);
        LvmHost host = LvmHost.of(
                        lab,
                        NodeTicker.of(
                                        lab.node(),
                                        LvmHost.guest(lab.newName(), lab.thin("pool", "vda", 16))
                                                .withMemory(64, 48))
                                .createDisks()
                                .define(),
                        events -> lab.engine(LvmStorage.inVolumeGroup(LvmLab.GROUP), b -> b.events(events)))
                .boot();
        host.before(
                "save RAM", () -> lab.node().attempt("dd", "if=/dev/zero", "of=" + filler, "bs=1M", "oflag=direct"));

        assertThatThrownBy(() -> host.createWithRam("does not fit"))
                .isInstanceOfSatisfying(
                        DriverException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));

        assertThat(host.power()).isEqualTo(PowerState.RUNNING);
        host.tickOn();
        assertThat(lab.volumes().ours()).isEmpty();
        Snapshot left = host.tree().snapshots().get(0);
        assertThat(left.reason()).contains(Snapshot.Reason.NO_SPACE);
        host.delete(left);
        host.tickOn();
    }

    @Test
    void aPoolShortOfMetadataTakesNoSnapshotAndGivesUpOldOnes() {
        lab.pool("pool", 64);
        LvmHost host = LvmHost.of(lab, lab.thin("pool", "vda", 16));
        Set<String> names = lab.volumes().space().names();
        Snapshot old = host.create("before it is full");
        String sums = contents(host).fill(0, 1);
        lab.node().run("sh", "-ec", FILL_METADATA);
        Set<String> full = lab.volumes().space().names();

        assertRefused(Code.NO_SPACE, "thin pool vg_own/pool", () -> host.create("too late"));
        assertRefused(Code.NO_SPACE, "thin pool vg_own/pool", () -> host.restore(old));

        assertThat(lab.volumes().space().names()).isEqualTo(full);
        assertThat(contents(host).sums()).isEqualTo(sums);
        host.delete(old);
        assertThat(lab.volumes().space().names()).isEqualTo(names);
    }

    private Contents contents(LvmHost host) {
        return new Contents(
                lab.node(),
                host.ticker().guest().disks().stream()
                        .map(disk -> disk.file().toString())
                        .toList());
    }

    private static void assertRefused(Code code, String place, ThrowingCallable verb) {
        assertThatThrownBy(verb).isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.refusals())
                .singleElement()
                .satisfies(refusal -> {
                    assertThat(refusal.code()).isEqualTo(code);
                    assertThat(refusal.message()).contains(place);
                    assertThat(refusal.remedy()).isNotBlank();
                }));
    }
}
