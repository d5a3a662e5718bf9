package dev.vmsnap.it.manual;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.BusyException;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.RefusedException;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.it.manual.Walk.Saved;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** What settings decide, and what is so when a snapshot is made. */
final class SettingsPages {
    private final Walk walk;
    private final Stage stage;

    SettingsPages(Walk walk) {
        this.walk = walk;
        this.stage = walk.stage();
    }

    List<Rule> rules() {
        return List.of(
                Rule.of(
                        "Settings",
                        "A VM has three snapshots at most and no RAM in them, unless somebody says otherwise",
                        this::defaults),
                Rule.of("Settings", "A VM takes its settings from its template", this::template),
                Rule.of("Settings", "Other settings touch no snapshot that is there", this::nothingTouched),
                Rule.of(
                        "Settings",
                        "Users work with snapshots where the settings allow it, administrators always",
                        this::users),
                Rule.of("Creating", "Of two that ask at once for the last one allowed, one gets it", this::lastOne),
                Rule.of("Creating", "Its name is the date and time unless somebody gives it one", this::name),
                Rule.of("Creating", "RAM is saved only where the settings allow it and the VM runs", this::ram));
    }

    private void defaults() {
        walk.snapshots().configure(walk.vm(), SettingsChoice.open(), Walk.ADMIN);

        assertThat(walk.snapshots().settings(walk.vm()).settings()).isEqualTo(new SnapshotSettings(false, 3, false));
        assertThat(walk.refusalsOfOneMore(Walk.ADMIN)).isEmpty();
    }

    private void template() {
        SettingsChoice choice = SettingsChoice.open().limit(2).allowUsers(true);
        walk.snapshots().saveTemplate(new SettingsTemplate("small", choice), Walk.ADMIN);
        walk.snapshots().assign(walk.vm(), "small", Walk.ADMIN);
        assertThat(walk.refusalsOfOneMore(Walk.USER)).containsExactly(Code.LIMIT_REACHED);

        walk.snapshots().saveTemplate(new SettingsTemplate("small", choice.limit(3)), Walk.ADMIN);
        assertThat(walk.refusalsOfOneMore(Walk.USER)).isEmpty();
    }

    private void nothingTouched() {
        SnapshotTree before = walk.tree();

        walk.snapshots().configure(walk.vm(), SettingsChoice.open().limit(1).allowRam(false), Walk.ADMIN);

        assertThat(walk.tree()).isEqualTo(before);
        assertThat(before.size()).isEqualTo(2);
        assertThat(walk.refusalsOfOneMore(Walk.ADMIN)).containsExactly(Code.LIMIT_REACHED);
    }

    private void users() {
        Intent restore = new Intent.Restore(walk.made("running").snapshot().id(), Intent.Drift.REFUSE);
        walk.snapshots().configure(walk.vm(), Walk.FREE.allowUsers(false), Walk.ADMIN);
        assertThat(walk.refusals(restore, Walk.USER)).containsExactly(Code.USERS_NOT_ALLOWED);
        assertThat(walk.refusalsOfOneMore(Walk.USER)).containsExactly(Code.USERS_NOT_ALLOWED);
        assertThat(walk.refusalsOfOneMore(Walk.ADMIN)).isEmpty();

        walk.snapshots().configure(walk.vm(), Walk.FREE.allowUsers(true).allowRestore(false), Walk.ADMIN);
        assertThat(walk.refusalsOfOneMore(Walk.USER)).isEmpty();
        assertThat(walk.refusals(restore, Walk.USER)).containsExactly(Code.RESTORE_NOT_ALLOWED);
        assertThat(walk.refusals(restore, Walk.ADMIN)).isEmpty();
    }

    private void lastOne() {
        walk.snapshots().configure(walk.vm(), Walk.FREE.limit(walk.tree().size() + 1), Walk.ADMIN);

        List<Optional<Snapshot>> asked =
                Stream.of("one", "other")
                        .map(name -> CompletableFuture.supplyAsync(() -> attempt(name)))
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();

        assertThat(asked).filteredOn(Optional::isPresent).hasSize(1);
        assertThat(walk.tree().size()).isEqualTo(3);
        assertThat(walk.refusalsOfOneMore(Walk.ADMIN)).containsExactly(Code.LIMIT_REACHED);
        walk.keep("last", asked.stream().flatMap(Optional::stream).findFirst().orElseThrow());
    }

    private Optional<Snapshot> attempt(String name) {
        try {
            return Optional.of(walk.snapshots()
                    .create(walk.vm(), SnapshotSpec.named(name), Walk.ADMIN)
                    .await());
        } catch (RefusedException | BusyException refused) {
            return Optional.empty();
        }
    }

    private void name() {
        walk.snapshots().configure(walk.vm(), Walk.FREE, Walk.ADMIN);

        Snapshot unnamed = walk.snapshots()
                .create(walk.vm(), SnapshotSpec.unnamed(), Walk.ADMIN)
                .await();

        assertThat(unnamed.labels().name()).matches("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d");
        walk.keep("unnamed", unnamed);
    }

    private void ram() {
        Intent withRam = new Intent.Create(SnapshotSpec.named("with RAM").withRam());
        VmId stopped = stage.define("stopped", StoragePages.onRbd("stopped"));
        assertThat(walk.snapshots().check(stopped, withRam, Walk.ADMIN).refusals())
                .extracting(Refusal::code)
                .contains(Code.VM_NOT_RUNNING);
        walk.snapshots().configure(walk.vm(), Walk.FREE.allowRam(false), Walk.ADMIN);
        assertThat(walk.refusals(withRam)).containsExactly(Code.RAM_NOT_ALLOWED);

        walk.snapshots().configure(walk.vm(), Walk.FREE, Walk.ADMIN);
        Saved saved = walk.create("with RAM", true);

        assertThat(saved.snapshot().ram()).isTrue();
        assertThat(stage.power()).isEqualTo(PowerState.RUNNING);
        stage.host().tickOn();
    }
}
