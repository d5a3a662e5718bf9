package dev.vmsnap.it.lvm;

import static dev.vmsnap.it.TickingHost.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Finding;
import dev.vmsnap.Intent;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.Verdict.Notice;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.VmSnapshots.Rebuilt;
import dev.vmsnap.it.lvm.LvmHost.Saved;
import dev.vmsnap.it.lvm.Volumes.Space;
import dev.vmsnap.lab.node.LabNodes;
import dev.vmsnap.storage.lvm.LvmStorage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The database is gone: the records come back from logical volumes, and what cannot come back is named. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("node a")
final class LostStoreOnLvmTest {
    private static final Pattern VOLUME = Pattern.compile(LvmLab.GROUP + "/[a-z0-9.]+");

    @RegisterExtension
    static final LabNodes NODES = LabNodes.of("a");

    @RegisterExtension
    final LvmLab lab = new LvmLab(NODES, "a");

    @Test
    void recordsOfSeveralLostStoresComeBackAndAGuestContinuesFromItsRam() {
        lab.pool("pool", 128);
        LvmHost host = LvmHost.of(lab, lab.thick("vda", 16), lab.thin("pool", "vdb", 16))
                .boot();
        Space before = lab.volumes().space();
        Saved ram = host.save("with RAM", true);
        host.tickOn();
        host.create("disks only");
        host.snapshots()
                .edit(
                        host.vm(),
                        ram.id(),
                        ram.snapshot().labels().comment("kept").tag("ticket", "7"),
                        ADMIN);
        SnapshotTree lost = host.tree();

        VmSnapshots half = engine("half");
        Snapshot mine =
                half.create(host.vm(), SnapshotSpec.named("mine"), ADMIN).await();
        assertThat(mine.receipt().orElseThrow().notes()).anyMatch(note -> note.contains("another store"));
        assertThat(half.doctor(host.vm()))
                .extracting(Finding::kind)
                .isNotEmpty()
                .containsOnly(Finding.Kind.NOTICE);
        assertThat(half.rebuild(host.vm(), ADMIN).added()).hasSize(2);
        assertThat(half.doctor(host.vm())).isEmpty();

        VmSnapshots third = engine("third");
        Snapshot other =
                third.create(host.vm(), SnapshotSpec.named("third"), ADMIN).await();
        VmSnapshots last = engine("last");
        Rebuilt preview = last.previewRebuild(host.vm(), ADMIN);
        Rebuilt rebuilt = last.rebuild(host.vm(), ADMIN);

        assertThat(rebuilt).isEqualTo(preview);
        SnapshotTree tree = last.tree(host.vm());
        assertThat(tree.snapshots())
                .containsAll(lost.snapshots())
                .hasSize(4)
                .extracting(Snapshot::status)
                .containsOnly(Snapshot.Status.AVAILABLE);
        assertThat(tree.find(mine.id())).isPresent();
        assertThat(tree.find(other.id())).isPresent();
        assertThat(last.choice(host.vm()))
                .isEqualTo(half.choice(host.vm()))
                .isEqualTo(host.snapshots().choice(host.vm()));
        assertThat(last.doctor(host.vm())).isEmpty();
        assertThat(records()).as("only the present store keeps records").hasSize(1);
        assertThat(last.rebuild(host.vm(), ADMIN).changed()).isFalse();

        host.console().skip();
        last.restore(host.vm(), ram.id(), ADMIN).await();
        assertThat(host.console().awaitReturn(LvmHost.PATIENCE)).isBetween(ram.tick() + 1, ram.tick() + 2);
        host.tickOn();
        last.restore(host.vm(), other.id(), ADMIN).await();
        last.deleteAll(host.vm(), ADMIN).await();
        assertThat(last.doctor(host.vm())).isEmpty();
        assertThat(lab.volumes().space()).isEqualTo(before);
    }

    @Test
    void partsThatNoManifestNamesAreNamedAndLeftAlone() {
        LvmHost host = LvmHost.of(lab, lab.thick("vda", 8));
        Set<String> empty = lab.volumes().ours();
        Snapshot snapshot = host.create("without a manifest");
        records().forEach(name -> lab.lvm("lvremove -q -y " + name));
        VmSnapshots next = engine("next");

        Rebuilt rebuilt = next.rebuild(host.vm(), ADMIN);

        assertThat(rebuilt.changed()).isFalse();
        assertThat(rebuilt.notices()).singleElement().satisfies(notice -> {
            assertThat(notice.code()).isEqualTo(Notice.Code.UNKNOWN_SNAPSHOTS);
            assertThat(notice.message()).contains(snapshot.id().value());
        });
        assertThat(next.check(host.vm(), new Intent.Create(SnapshotSpec.named("n")), ADMIN)
                        .notices())
                .extracting(Notice::code)
                .contains(Notice.Code.OTHER_STORE);
        assertThat(next.doctor()).extracting(Finding::kind).containsExactly(Finding.Kind.STORE_EMPTY);
        List<Finding> findings = next.doctor(host.vm());
        assertThat(findings).extracting(Finding::kind).containsExactly(Finding.Kind.NOTICE);
        List<String> named = volumes(findings.get(0).message());
        assertThat(named)
                .isNotEmpty()
                .allMatch(name -> name.contains(snapshot.id().value()));
        assertThat(lab.volumes().ours()).containsAll(named);

        named.forEach(name -> lab.lvm("lvremove -q -y " + name));
        assertThat(next.doctor(host.vm())).isEmpty();
        assertThat(next.doctor()).isEmpty();
        assertThat(lab.volumes().ours()).isEqualTo(empty);
    }

    @Test
    void aManifestWhosePartsAreAllGoneIsCleared() {
        LvmHost host = LvmHost.of(lab, lab.thick("vda", 8));
        SnapshotId gone = host.create("gone").id();
        parts(gone).forEach(name -> lab.lvm("lvremove -q -y " + name));
        VmSnapshots next = engine("next");
        assertThat(next.doctor(host.vm())).extracting(Finding::kind).containsExactly(Finding.Kind.NOTICE);

        next.rebuild(host.vm(), ADMIN);

        assertThat(next.tree(host.vm()).find(gone).orElseThrow().reason()).hasValue(Snapshot.Reason.MISSING);
        next.deleteAll(host.vm(), ADMIN).await();
        assertThat(next.doctor(host.vm())).isEmpty();
        assertThat(lab.volumes().ours()).isEmpty();
    }

    private VmSnapshots engine(String store) {
        return lab.engine(lab.driver(), LvmStorage.inVolumeGroup(LvmLab.GROUP), lab.store(store), builder -> builder);
    }

    private Set<String> records() {
        return lab.volumes().ours().stream()
                .filter(name -> name.contains("vmsnap.records."))
                .collect(Collectors.toSet());
    }

    private Set<String> parts(SnapshotId id) {
        return lab.volumes().ours().stream()
                .filter(name -> name.contains(id.value()))
                .collect(Collectors.toSet());
    }

    private static List<String> volumes(String message) {
        List<String> found = new ArrayList<>();
        VOLUME.matcher(message).results().forEach(match -> found.add(match.group()));
        return found;
    }
}
