package dev.vmsnap.it.manual;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmOverview;
import dev.vmsnap.it.manual.Walk.Saved;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/** What snapshots are, where they lie, and what a VM that has some may do. */
final class StoragePages {
    private static final List<StorageKind> OTHERS =
            List.of(StorageKind.FILE, StorageKind.NAS, StorageKind.LOCAL_LVM, StorageKind.NETWORK_LVM);
    private static final String ELSEWHERE = "another-node";
    private static final String RBD = """
            <domain type='qemu'>
              <name>%s</name>
              <uuid>%s</uuid>
              <memory unit='MiB'>16</memory>
              <os><type arch='x86_64'>hvm</type></os>
              <devices>
                <disk type='network' device='disk'>
                  <driver name='qemu' type='raw'/>
                  <source protocol='rbd' name='pool/image'><host name='127.0.0.1' port='6789'/></source>
                  <target dev='vda' bus='virtio'/>
                </disk>
              </devices>
            </domain>
            """;

    private final Walk walk;
    private final Stage stage;

    StoragePages(Walk walk) {
        this.walk = walk;
        this.stage = walk.stage();
    }

    List<Rule> rules() {
        return List.of(
                Rule.of("Features", "Disk snapshots work on stopped and on running VMs", this::stoppedAndRunning),
                Rule.of(
                        "Features",
                        "All snapshots of all VMs can be shown, and VMs that have some are marked",
                        this::shown),
                new Rule("Storing", "Where a snapshot lies", this::whereItLies),
                Rule.of("Storing", "Storage that nobody owns is refused, with the reason", this::nobodysStorage),
                Rule.of("Migration", "Live migration of a VM with snapshots is refused", this::liveMigration),
                new Rule("Migration", "Cold migration with snapshots goes to", this::coldMigration),
                Rule.of("Configuration", "The configuration of a VM with snapshots is locked", this::locked),
                new Rule("Cloning", "A clone gets the current state and no snapshots", this::cloned));
    }

    private void stoppedAndRunning() {
        assertThat(walk.refusals(new Intent.Reconfigure(Set.of("memory")))).isEmpty();
        walk.create("stopped", false);
        stage.boot();
        stage.host().tickOn();
        Saved running = walk.create("running", false);
        stage.host().tickOn();

        assertThat(running.snapshot().status()).isEqualTo(Snapshot.Status.AVAILABLE);
        assertThat(running.snapshot().parent())
                .contains(walk.made("stopped").snapshot().id());
    }

    private void shown() {
        assertThat(walk.snapshots().trees()).extracting(SnapshotTree::size).containsExactly(2);
        assertThat(walk.snapshots().vms())
                .filteredOn(vm -> vm.vm().equals(walk.vm()))
                .singleElement()
                .satisfies(vm -> assertThat(vm.node()).isPresent())
                .matches(VmOverview::hasSnapshots);
    }

    private String whereItLies() {
        assertThat(stage.places()).hasSize(2);
        return stage.nature();
    }

    private void nobodysStorage() {
        VmId vm = stage.define("on-rbd", onRbd("on-rbd"));

        Verdict verdict = walk.snapshots().check(vm, new Intent.Create(SnapshotSpec.unnamed()), Walk.ADMIN);

        assertThat(verdict.refusals())
                .filteredOn(refusal -> refusal.code() == Code.STORAGE_UNSUPPORTED)
                .singleElement()
                .extracting(Refusal::message)
                .asString()
                .containsIgnoringCase("rbd");
    }

    /** A domain whose disk is where no driver works. */
    static String onRbd(String name) {
        return RBD.formatted(name, UUID.randomUUID());
    }

    private void liveMigration() {
        assertThat(walk.refusals(new Intent.MigrateLive(ELSEWHERE, stage.kind())))
                .contains(Code.LIVE_MIGRATION_LOCKED);
    }

    private String coldMigration() {
        List<String> allowed = new ArrayList<>();
        for (StorageKind kind : OTHERS) {
            Verdict verdict = walk.snapshots().check(walk.vm(), new Intent.MigrateCold(ELSEWHERE, kind), Walk.ADMIN);
            List<Refusal> locked = verdict.refusals().stream()
                    .filter(refusal -> refusal.code() == Code.COLD_MIGRATION_LOCKED)
                    .toList();
            if (locked.isEmpty()) {
                allowed.add(Conformance.heading(kind));
            } else {
                assertThat(locked.get(0).remedy()).containsIgnoringCase("delete");
            }
        }
        return allowed.isEmpty() ? "nowhere" : allowed.stream().collect(Collectors.joining(", "));
    }

    private void locked() {
        assertThat(walk.refusals(new Intent.Reconfigure(Set.of("memory")))).containsExactly(Code.CONFIGURATION_LOCKED);
    }

    private String cloned() {
        String place = stage.freePlace();
        Intent.Clone clone = Intent.Clone.of(Map.of("vda", place));
        if (walk.refusals(clone).contains(Code.CLONE_UNSUPPORTED)) {
            return "refused";
        }
        long before = stage.host().tickNow();

        walk.snapshots().clone(walk.vm(), clone, Walk.ADMIN).await();

        long after = stage.host().tickNow();
        assertThat(stage.counter(place)).isBetween(before - 1, after);
        assertThat(stage.snapshotsOf(place)).isZero();
        assertThat(walk.tree().size()).isEqualTo(2);
        assertThat(stage.places()).hasSize(2);
        return Rule.HOLDS;
    }
}
