package dev.vmsnap.it.manual;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots;
import dev.vmsnap.it.TickingHost;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A walk through the manual with one guest, and the snapshots that were made on the way. */
final class Walk {
    static final Actor ADMIN = TickingHost.ADMIN;
    static final Actor USER = Actor.user("somebody");
    static final SettingsChoice FREE = SettingsChoice.open().allowRam(true).limit(20);

    private final Stage stage;
    private final Map<String, Saved> made = new HashMap<>();

    /**
     * A snapshot of the guest.
     *
     * @param from the last tick that is surely in it; 0 when it was off
     * @param to the last tick that may be in it
     */
    record Saved(Snapshot snapshot, long from, long to) {}

    Walk(Stage stage) {
        this.stage = stage;
    }

    Stage stage() {
        return stage;
    }

    VmSnapshots snapshots() {
        return stage.host().snapshots();
    }

    VmId vm() {
        return stage.host().vm();
    }

    SnapshotTree tree() {
        return stage.host().tree();
    }

    Saved create(String name, boolean ram) {
        boolean runs = stage.power() == PowerState.RUNNING;
        long from = runs ? stage.host().tickNow() : stage.counter("");
        Snapshot snapshot =
                ram ? stage.host().createWithRam(name) : stage.host().create(name);
        long to = runs ? stage.host().tickNow() : from;
        Saved saved = new Saved(snapshot, from, to);
        made.put(name, saved);
        return saved;
    }

    void keep(String name, Snapshot snapshot) {
        made.put(name, new Saved(snapshot, 0, 0));
    }

    Saved made(String name) {
        Saved saved = made.get(name);
        if (saved == null) {
            throw new IllegalStateException("an earlier page has not made the snapshot '" + name + "'");
        }
        return saved;
    }

    List<Refusal.Code> refusals(Intent intent) {
        return refusals(intent, ADMIN);
    }

    List<Refusal.Code> refusals(Intent intent, Actor actor) {
        return snapshots().check(vm(), intent, actor).refusals().stream()
                .map(Refusal::code)
                .toList();
    }

    List<Refusal.Code> refusalsOfOneMore(Actor actor) {
        return refusals(new Intent.Create(SnapshotSpec.named("one more")), actor);
    }
}
