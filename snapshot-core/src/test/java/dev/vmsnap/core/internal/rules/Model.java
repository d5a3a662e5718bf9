package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Snapshot.Status;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rules once more, as a list of ifs over what {@link RulesModelTest} makes up; shares no code with them. */
final class Model {
    private final Scene scene;
    private final Set<Code> codes = EnumSet.noneOf(Code.class);

    private Model(Scene scene) {
        this.scene = scene;
    }

    static Set<Code> codes(Scene scene, Intent intent, Actor actor) {
        Model model = new Model(scene);
        model.judge(intent, actor);
        return model.codes;
    }

    private void when(boolean condition, Code code) {
        if (condition) {
            codes.add(code);
        }
    }

    private void judge(Intent intent, Actor actor) {
        boolean any = scene.tree.size() > 0;
        boolean verb = intent instanceof Intent.Create
                || intent instanceof Intent.Restore
                || intent instanceof Intent.Edit
                || intent instanceof Intent.Delete
                || intent instanceof Intent.DeleteAll;
        when(
                intent instanceof Intent.Restore
                        && actor == Scene.USER
                        && scene.settings.allowUsers()
                        && !scene.settings.allowRestore(),
                Code.RESTORE_NOT_ALLOWED);
        when(verb && actor == Scene.USER && !scene.settings.allowUsers(), Code.USERS_NOT_ALLOWED);
        when(intent instanceof Intent.Configure && actor == Scene.USER, Code.ADMINISTRATOR_ONLY);
        when(intent instanceof Intent.Reconfigure && any, Code.CONFIGURATION_LOCKED);
        when(intent instanceof Intent.MigrateLive && any, Code.LIVE_MIGRATION_LOCKED);
        if (intent instanceof Intent.MigrateCold cold && any) {
            migrate(cold.storage());
        }
        boolean nowhere = !scene.seen && scene.otherNodes.isEmpty();
        when(intent instanceof Intent.DeleteVm && any && nowhere && lastIsSilent(), Code.NODE_UNREACHABLE);
        if (intent instanceof Intent.Migrate migrate) {
            handOver(migrate.node());
        }
        if (intent instanceof Intent.Clone) {
            when(
                    scene.tree.snapshots().stream().anyMatch(s -> s.status() == Status.RESTORING),
                    Code.SNAPSHOT_IN_TRANSITION);
        }
        if (intent instanceof Intent.Create create) {
            create(create.spec());
        }
        if (intent instanceof Intent.Restore restore) {
            restore(restore.snapshot(), restore.options().drift());
        }
        if (intent instanceof Intent.Edit edit) {
            when(scene.tree.find(edit.snapshot()).isEmpty(), Code.SNAPSHOT_NOT_FOUND);
            when(edit.labels().name().isBlank() || badName(edit.labels().name()), Code.TEXT_INVALID);
        }
        if (intent instanceof Intent.Delete delete) {
            List<Snapshot> gone = new ArrayList<>();
            for (SnapshotId id : delete.snapshots()) {
                gone.addAll(
                        delete.withChildren()
                                ? scene.tree.subtree(id)
                                : scene.tree.find(id).stream().toList());
            }
            delete(gone);
        }
        if (intent instanceof Intent.DeleteAll) {
            delete(scene.tree.snapshots());
        }
    }

    private static boolean badName(String name) {
        return name.contains("\n") || name.length() > 255;
    }

    private void create(SnapshotSpec spec) {
        when(badName(spec.labels().name()), Code.TEXT_INVALID);
        when(scene.tree.size() >= scene.settings.limit(), Code.LIMIT_REACHED);
        when(spec.ram() && !scene.settings.allowRam(), Code.RAM_NOT_ALLOWED);
        when(spec.ram() && spec.quiesce() == Quiesce.REQUIRE, Code.QUIESCE_UNAVAILABLE);
        Optional<PowerState> found = find(true);
        if (found.isEmpty()) {
            return;
        }
        PowerState power = found.get();
        busyOrFleeting(power == PowerState.OTHER);
        boolean unwanted = spec.excluded().contains("vdb");
        boolean second = scene.claims.size() == 2 && !(unwanted && !spec.ram());
        when(unwanted && scene.claims.size() == 1, Code.DISK_UNKNOWN);
        when(unwanted && scene.claims.size() == 2 && spec.ram(), Code.DISK_NEEDED);
        when(scene.firmware && lacks(Ability.MACHINE_STATE), Code.FIRMWARE_UNSUPPORTED);
        if (spec.ram()) {
            when(power == PowerState.OFF, Code.VM_NOT_RUNNING);
            when(!scene.obstacles.isEmpty(), Code.RAM_DEVICE_UNSUPPORTED);
            boolean beside = secondIs("lvm") && !unwanted;
            when(!beside && lacks(Ability.IN_IMAGE_RAM), Code.HYPERVISOR_UNSUPPORTED);
            when(beside && lacks(Ability.RAM_BESIDE), Code.HYPERVISOR_UNSUPPORTED);
            when(beside && power != PowerState.OFF && lacks(Ability.IN_IMAGE), Code.HYPERVISOR_UNSUPPORTED);
            boolean held = beside || scene.firmware;
            when(held && power == PowerState.RUNNING && lacks(Ability.HOLD), Code.HYPERVISOR_UNSUPPORTED);
            when(beside && scene.seen("vda").freeBytes() <= scene.memory, Code.NO_SPACE);
        } else {
            when(power != PowerState.OFF && lacks(Ability.IN_IMAGE), Code.HYPERVISOR_UNSUPPORTED);
            boolean held = scene.firmware || (second && (secondIs("lvm") || (secondIs("file") && !scene.atomicCut)));
            when(power == PowerState.RUNNING && held && lacks(Ability.HOLD), Code.HYPERVISOR_UNSUPPORTED);
            boolean deaf = power == PowerState.PAUSED
                    || (power == PowerState.RUNNING && (!scene.agent || lacks(Ability.QUIESCE)));
            when(spec.quiesce() == Quiesce.REQUIRE && deaf, Code.QUIESCE_UNAVAILABLE);
        }
        if (!unwanted) {
            badSecondDisk();
        }
        when(scene.seen("vda").freeBytes() == 0, Code.NO_SPACE);
        when(scene.settings.quotaBytes() == 0, Code.QUOTA_REACHED);
    }

    private void restore(SnapshotId id, Intent.Drift drift) {
        Optional<Snapshot> wanted = scene.tree.find(id);
        when(wanted.isEmpty(), Code.SNAPSHOT_NOT_FOUND);
        wanted.ifPresent(s -> {
            when(s.status() == Status.UNAVAILABLE, Code.SNAPSHOT_UNAVAILABLE);
            when(s.status() != Status.UNAVAILABLE && s.status() != Status.AVAILABLE, Code.SNAPSHOT_IN_TRANSITION);
        });
        if (find(true).isEmpty()) {
            return;
        }
        busyOrFleeting(false);
        if (wanted.isEmpty() || wanted.get().status() != Status.AVAILABLE) {
            return;
        }
        Snapshot snapshot = wanted.get();
        boolean both = snapshot.volumes().size() == 2;
        boolean second = scene.claims.size() == 2;
        boolean removed = both && (!second || secondIs("lvm"));
        boolean leftAlone = removed && drift == Intent.Drift.KEEP_CONFIGURATION && !snapshot.ram();
        when(removed && !leftAlone, Code.CONFIGURATION_DRIFTED);
        if (both) {
            badSecondDisk();
        }
        boolean changed = !scene.drift.isEmpty() || (second && (!both || secondIs("lvm")));
        boolean configurationToo = drift == Intent.Drift.RESTORE_CONFIGURATION;
        boolean choice = configurationToo || (drift == Intent.Drift.KEEP_CONFIGURATION && !snapshot.ram());
        when(changed && !choice, Code.CONFIGURATION_DRIFTED);
        when(snapshot.ram() && lacks(Ability.IN_IMAGE_RAM), Code.HYPERVISOR_UNSUPPORTED);
        when(
                snapshot.ram() && !scene.obstacles.isEmpty() && !(changed && configurationToo),
                Code.RAM_DEVICE_UNSUPPORTED);
        for (Volume volume : snapshot.volumes()) {
            VolumeState.Seen state = scene.states.containsKey(volume.target()) ? scene.seen(volume.target()) : null;
            boolean same = state != null && state.volume().key().equals(volume.key());
            when(same && !state.snapshots().containsKey(id), Code.SNAPSHOT_INCOMPLETE);
            boolean flawed = same
                    && state.snapshots().containsKey(id)
                    && state.snapshots().get(id).flaw().isPresent();
            when(flawed, Code.SNAPSHOT_INCOMPLETE);
            boolean ramless = same
                    && volume.target().equals("vda")
                    && state.snapshots().containsKey(id)
                    && state.snapshots().get(id).ramBytes() == 0;
            when(snapshot.ram() && ramless, Code.SNAPSHOT_INCOMPLETE);
        }
    }

    private void delete(List<Snapshot> gone) {
        if (gone.isEmpty()) {
            return;
        }
        find(false).ifPresent(power -> {
            when(scene.job.isPresent(), Code.VM_BUSY);
            when(power != PowerState.OFF && lacks(Ability.IN_IMAGE), Code.HYPERVISOR_UNSUPPORTED);
        });
    }

    /** The first disk is always a file here, which nobody hands over. */
    private void handOver(String node) {
        when(node.equals("node-7"), Code.NODE_UNKNOWN);
        when(scene.silent.contains(node), Code.NODE_UNREACHABLE);
        if (find(true).isEmpty()) {
            return;
        }
        codes.add(Code.COLD_MIGRATION_LOCKED);
        badSecondDisk();
        busyOrFleeting(somewhereActive());
        boolean forgotten = scene.tree.snapshots().stream()
                .flatMap(s -> s.volumes().stream())
                .anyMatch(v -> scene.states.values().stream()
                        .noneMatch(s -> s.volume().key().equals(v.key())));
        when(forgotten, Code.IMAGE_UNUSABLE);
        when(
                scene.tree.snapshots().stream()
                        .anyMatch(s -> s.status() != Status.AVAILABLE && s.status() != Status.UNAVAILABLE),
                Code.SNAPSHOT_IN_TRANSITION);
    }

    private void migrate(StorageKind to) {
        boolean file = to == StorageKind.FILE;
        boolean portable = file || to == StorageKind.NETWORK_LVM;
        for (Snapshot snapshot : scene.tree.snapshots()) {
            for (Volume volume : snapshot.volumes()) {
                when(!portable || volume.kind() != to, Code.COLD_MIGRATION_LOCKED);
            }
            when(
                    snapshot.status() != Status.AVAILABLE && snapshot.status() != Status.UNAVAILABLE,
                    Code.SNAPSHOT_IN_TRANSITION);
        }
        when(somewhereActive(), Code.VM_STATE_UNSUPPORTED);
    }

    private boolean somewhereActive() {
        return (scene.seen && scene.power != PowerState.OFF)
                || scene.otherNodes.values().stream().anyMatch(p -> p != PowerState.OFF);
    }

    /** The power state of the VM where it is to be worked on; empty when nowhere. */
    private Optional<PowerState> find(boolean needed) {
        List<PowerState> everywhere = new ArrayList<>(scene.otherNodes.values());
        if (scene.seen) {
            everywhere.add(scene.power);
        }
        if (everywhere.isEmpty()) {
            when(!scene.silent.isEmpty(), Code.NODE_UNREACHABLE);
            when(scene.silent.isEmpty() && needed, Code.VM_NOT_FOUND);
            return Optional.empty();
        }
        List<PowerState> active =
                everywhere.stream().filter(p -> p != PowerState.OFF).toList();
        if (everywhere.size() == 2 && active.size() != 1) {
            codes.add(Code.VM_AMBIGUOUS);
            return Optional.empty();
        }
        PowerState power = active.isEmpty() ? PowerState.OFF : active.get(0);
        when(power == PowerState.OFF && lastIsSilent(), Code.NODE_UNREACHABLE);
        return Optional.of(power);
    }

    private boolean lastIsSilent() {
        return scene.lastNode.orElseThrow().equals("node-9") && scene.silent.contains("node-9");
    }

    private void busyOrFleeting(boolean senseless) {
        when(senseless, Code.VM_STATE_UNSUPPORTED);
        when(scene.job.isPresent(), Code.VM_BUSY);
        when(!scene.persistent, Code.VM_NOT_PERSISTENT);
        when(scene.savedState, Code.SAVED_STATE_EXISTS);
    }

    private void badSecondDisk() {
        if (scene.claims.size() == 2) {
            int owners = scene.claims.get(1).owners().size();
            when(owners == 0, Code.NO_STORAGE_DRIVER);
            when(owners == 2, Code.SEVERAL_STORAGE_DRIVERS);
            when(secondIs("ceph"), Code.STORAGE_UNSUPPORTED);
        }
    }

    private boolean secondIs(String driver) {
        return scene.claims.size() == 2 && scene.claims.get(1).owners().keySet().equals(Set.of(driver));
    }

    private boolean lacks(Ability ability) {
        return !scene.abilities.contains(ability);
    }
}
