package dev.vmsnap.it.manual;

import static dev.vmsnap.it.TickingHost.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.it.manual.Walk.Saved;
import java.util.List;
import java.util.Set;

/** What can be done with the snapshots that a VM has. */
final class TreePages {
    private final Walk walk;
    private final Stage stage;

    TreePages(Walk walk) {
        this.walk = walk;
        this.stage = walk.stage();
    }

    List<Rule> rules() {
        return List.of(
                Rule.of("Managing", "Name and comment can be edited later", this::edited),
                Rule.of("Managing", "The tree shows what came from what, and where the VM is now", this::tree),
                Rule.of("Managing", "Deleting in the middle keeps what came after", this::deletedInTheMiddle),
                Rule.of("Restoring", "With RAM the VM goes on exactly where it was", this::goesOn),
                Rule.of("Restoring", "Without RAM a VM that ran boots again", this::bootsAgain),
                Rule.of("Restoring", "A VM that was off stays off", this::staysOff),
                Rule.of("Restoring", "Restoring keeps every snapshot", this::keepsAll),
                Rule.of(
                        "Out of space",
                        "The snapshot becomes unavailable: it cannot be restored and can be deleted",
                        this::outOfSpace),
                Rule.of("Deleting a VM", "Its snapshots go with it", this::vmDeleted));
    }

    private void edited() {
        SnapshotId id = walk.made("unnamed").snapshot().id();

        walk.snapshots().edit(walk.vm(), id, "before the update", "as asked by 'ops' & \"dev\"", Walk.ADMIN);

        assertThat(stage.find(id).labels().name()).isEqualTo("before the update");
        assertThat(stage.find(id).labels().comment()).isEqualTo("as asked by 'ops' & \"dev\"");
    }

    private void tree() {
        assertThat(walk.tree().current())
                .contains(walk.made("with RAM").snapshot().id());
        assertThat(walk.tree().pathTo(walk.made("with RAM").snapshot().id()))
                .extracting(Snapshot::id)
                .containsExactly(
                        walk.made("stopped").snapshot().id(),
                        walk.made("running").snapshot().id(),
                        walk.made("last").snapshot().id(),
                        walk.made("unnamed").snapshot().id(),
                        walk.made("with RAM").snapshot().id());
    }

    private void deletedInTheMiddle() {
        walk.snapshots()
                .delete(
                        walk.vm(),
                        Set.of(
                                walk.made("last").snapshot().id(),
                                walk.made("unnamed").snapshot().id()),
                        false,
                        Walk.ADMIN)
                .await();

        assertThat(stage.find(walk.made("with RAM").snapshot().id()).parent())
                .contains(walk.made("running").snapshot().id());
        assertThat(stage.power()).isEqualTo(PowerState.RUNNING);
    }

    private void goesOn() {
        Saved saved = walk.made("with RAM");
        stage.host().tickOn();
        stage.host().console().skip();

        stage.host().restore(saved.snapshot());

        assertThat(stage.host().console().awaitReturn(PATIENCE)).isBetween(saved.from(), saved.to() + 1);
        assertThat(stage.power()).isEqualTo(PowerState.RUNNING);
    }

    private void bootsAgain() {
        Saved saved = walk.made("running");
        stage.host().tickOn();
        stage.host().console().skip();

        stage.host().restore(saved.snapshot());

        assertThat(stage.host().console().awaitBoot(PATIENCE).counters())
                .singleElement()
                .satisfies(counter -> assertThat(counter).isBetween(saved.from(), saved.to() + 1));
        assertThat(stage.power()).isEqualTo(PowerState.RUNNING);
    }

    private void staysOff() {
        Saved saved = walk.made("stopped");
        stage.powerOff();

        stage.host().restore(saved.snapshot());

        assertThat(stage.power()).isEqualTo(PowerState.OFF);
        assertThat(stage.counter("")).isEqualTo(saved.from());
    }

    private void keepsAll() {
        assertThat(walk.tree().snapshots())
                .extracting(Snapshot::id)
                .containsExactlyInAnyOrder(
                        walk.made("stopped").snapshot().id(),
                        walk.made("running").snapshot().id(),
                        walk.made("with RAM").snapshot().id());
        assertThat(walk.tree().snapshots()).extracting(Snapshot::status).containsOnly(Snapshot.Status.AVAILABLE);
        assertThat(walk.tree().current())
                .contains(walk.made("stopped").snapshot().id());
    }

    private void outOfSpace() {
        SnapshotId id = stage.runOutOfSpace();
        walk.snapshots().recover(walk.vm());

        assertThat(stage.find(id).status()).isEqualTo(Snapshot.Status.UNAVAILABLE);
        assertThat(walk.refusals(new Intent.Restore(id, Intent.Drift.REFUSE))).contains(Code.SNAPSHOT_UNAVAILABLE);
        stage.host().delete(stage.find(id));
        assertThat(walk.tree().find(id)).isEmpty();
        stage.host().tickOn();
    }

    private void vmDeleted() {
        stage.powerOff();

        walk.snapshots().vmDeleted(walk.vm(), Walk.ADMIN).await();

        assertThat(stage.places()).isEmpty();
        assertThat(walk.tree().isEmpty()).isTrue();
    }
}
