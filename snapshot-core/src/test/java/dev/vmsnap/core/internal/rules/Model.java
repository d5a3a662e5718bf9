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
            delete(gone, delete.unreachable());
        }
        if (intent instanceof Intent.DeleteAll delete) {
            delete(scene.tree.snapshots(), delete.unreachable());
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
            when(
                    beside
                            && ownedSecond()
                                    .flatMap(this::free)
                                    .filter(free -> free <= scene.memory)
                                    .isPresent(),
                    Code.NO_SPACE);
        } else {
            when(power != PowerState.OFF && lacks(Ability.IN_IMAGE), Code.HYPERVISOR_UNSUPPORTED);
            boolean held = scene.firmware || (second && (secondIs("lvm") || (secondIs("file") && !scene.atomicCut)));
            when(power == PowerState.RUNNING && held && lacks(Ability.HOLD), Code.HYPERVISOR_UNSUPPORTED);
            boolean deaf = power == PowerState.PAUSED
                    || (power == PowerState.RUNNING && (!scene.agent || lacks(Ability.QUIESCE)));
            when(spec.quiesce() == Quiesce.REQUIRE && deaf, Code.QUIESCE_UNAVAILABLE);
        }
        List<Disk> disks = new ArrayList<>(List.of(new Disk("file", "/images/vda")));
        if (!unwanted) {
            Optional<VolumeState> away = state("file", "/images/vdb").filter(VolumeState::isUnknown);
            if (secondIsUnowned() && away.isPresent()) {
                codes.add(Code.STORAGE_AWAY);
            } else {
                badSecondDisk();
            }
            ownedSecond().ifPresent(disks::add);
        }
        disks.forEach(disk -> {
            mustBeThere(disk);
            when(state(disk).filter(this::isOverlay).isPresent(), Code.IMAGE_UNUSABLE);
            when(free(disk).filter(free -> free == 0).isPresent(), Code.NO_SPACE);
            when(scene.settings.quotaBytes() == 0 && free(disk).isPresent(), Code.QUOTA_REACHED);
        });
        when(scene.settings.quotaBytes() == 0 && someRamIsKept(), Code.QUOTA_REACHED);
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
        List<Volume> kept =
                snapshot.volumes().stream().filter(this::isDiskOfTheVm).toList();
        boolean leftAlone = drift == Intent.Drift.KEEP_CONFIGURATION && !snapshot.ram() && !kept.isEmpty();
        when(kept.size() < snapshot.volumes().size() && !leftAlone, Code.CONFIGURATION_DRIFTED);
        kept.forEach(this::goesBack);
        boolean added = scene.claims.stream().anyMatch(claim -> snapshot.volumes().stream()
                .noneMatch(volume -> claim.disk().source().orElseThrow().equals(volume.source())));
        boolean changed = !scene.drift.isEmpty() || added;
        boolean configurationToo = drift == Intent.Drift.RESTORE_CONFIGURATION;
        boolean choice = configurationToo || (drift == Intent.Drift.KEEP_CONFIGURATION && !snapshot.ram());
        when(changed && !choice, Code.CONFIGURATION_DRIFTED);
        when(snapshot.ram() && lacks(Ability.IN_IMAGE_RAM), Code.HYPERVISOR_UNSUPPORTED);
        when(
                snapshot.ram() && !scene.obstacles.isEmpty() && !(changed && configurationToo),
                Code.RAM_DEVICE_UNSUPPORTED);
        for (Volume volume : leftAlone ? kept : snapshot.volumes()) {
            partIsWhole(snapshot, volume);
            when(standsOnOther(volume), Code.CHAIN_CHANGED);
        }
    }

    /** A volume of a snapshot that is a disk of the VM today. */
    private void goesBack(Volume volume) {
        Disk disk = new Disk(volume.storage(), volume.source());
        boolean second = volume.source().equals("/images/vdb");
        if (!second || secondIs("file")) {
            mustBeThere(disk);
            return;
        }
        boolean owned = scene.claims.get(1).owners().containsKey("file");
        if (!owned && state(disk).filter(VolumeState::isUnknown).isPresent()) {
            codes.add(Code.STORAGE_AWAY);
        } else {
            badSecondDisk();
        }
    }

    private void partIsWhole(Snapshot snapshot, Volume volume) {
        Optional<VolumeState> state = state(volume.storage(), volume.source());
        if (state.isEmpty() || state.get() instanceof VolumeState.Unknown) {
            return;
        }
        VolumeState.Part part =
                state.get() instanceof VolumeState.Seen seen ? seen.snapshots().get(snapshot.id()) : null;
        boolean first = snapshot.volumes().get(0).equals(volume);
        when(part == null || part.flaw().isPresent(), Code.SNAPSHOT_INCOMPLETE);
        when(snapshot.ram() && first && part != null && part.ramBytes() == 0, Code.SNAPSHOT_INCOMPLETE);
    }

    /** All chains here have no layer, or one. */
    private boolean standsOnOther(Volume volume) {
        Optional<VolumeState> state = state(volume.storage(), volume.source());
        if (volume.chain().isEmpty() || !(state.orElse(null) instanceof VolumeState.Seen seen)) {
            return false;
        }
        return seen.volume().chain().isPresent() && !seen.volume().chain().equals(volume.chain());
    }

    private boolean isDiskOfTheVm(Volume volume) {
        return scene.claims.stream()
                .anyMatch(claim -> claim.disk().source().orElseThrow().equals(volume.source()));
    }

    private void delete(List<Snapshot> gone, Intent.Unreachable unreachable) {
        if (gone.isEmpty()) {
            return;
        }
        find(false).ifPresent(power -> {
            when(scene.job.isPresent(), Code.VM_BUSY);
            when(power != PowerState.OFF && lacks(Ability.IN_IMAGE), Code.HYPERVISOR_UNSUPPORTED);
            gone.forEach(snapshot -> delete(snapshot, unreachable));
        });
    }

    /** Parts that cannot be reached are left, unless none can be; the VM's own parts that are in use have to be free. */
    private void delete(Snapshot snapshot, Intent.Unreachable unreachable) {
        boolean nothing = snapshot.volumes().stream()
                .allMatch(volume -> isAway(volume) || (isUsed(volume) && !isDiskOfTheVm(volume)));
        boolean refuse = nothing && unreachable == Intent.Unreachable.REFUSE;
        for (Volume volume : snapshot.volumes()) {
            when(isAway(volume) && refuse, Code.STORAGE_AWAY);
            when(isUsed(volume) && (refuse || isDiskOfTheVm(volume)), Code.IMAGE_IN_USE);
        }
    }

    private boolean isAway(Volume volume) {
        return state(volume.storage(), volume.source())
                .filter(VolumeState.Unknown.class::isInstance)
                .isPresent();
    }

    private boolean isUsed(Volume volume) {
        return state(volume.storage(), volume.source()).orElse(null) instanceof VolumeState.Seen seen
                && !seen.objections().isEmpty();
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
        mayBeAbsent(new Disk("file", "/images/vda"));
        ownedSecond().ifPresent(this::mayBeAbsent);
        scene.tree.snapshots().stream()
                .flatMap(s -> s.volumes().stream())
                .map(volume -> new Disk(volume.storage(), volume.source()))
                .forEach(this::mayBeAbsent);
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

    private boolean secondIsUnowned() {
        return scene.claims.size() == 2 && scene.claims.get(1).owners().isEmpty();
    }

    /** The second disk, if it can take part. */
    private Optional<Disk> ownedSecond() {
        return secondIs("file") || secondIs("lvm")
                ? Optional.of(new Disk(
                        scene.claims.get(1).owners().keySet().iterator().next(),
                        scene.claims.get(1).disk().source().orElseThrow()))
                : Optional.empty();
    }

    /** A disk is its driver and its source. */
    private record Disk(String driver, String source) {}

    private Optional<VolumeState> state(Disk disk) {
        return state(disk.driver(), disk.source());
    }

    private Optional<VolumeState> state(String driver, String source) {
        List<VolumeState> all = new ArrayList<>(scene.states.values());
        all.addAll(scene.formerStates);
        for (VolumeState state : all) {
            if (state.volume().storage().equals(driver)
                    && state.volume().source().equals(source)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }

    private void mustBeThere(Disk disk) {
        mayBeAbsent(disk);
        when(state(disk).orElse(null) instanceof VolumeState.Absent, Code.IMAGE_UNUSABLE);
    }

    private void mayBeAbsent(Disk disk) {
        when(state(disk).isEmpty(), Code.IMAGE_UNUSABLE);
        when(state(disk).orElse(null) instanceof VolumeState.Unknown, Code.STORAGE_AWAY);
    }

    private Optional<Long> free(Disk disk) {
        return state(disk).orElse(null) instanceof VolumeState.Seen seen
                ? Optional.of(seen.freeBytes())
                : Optional.empty();
    }

    private boolean someRamIsKept() {
        List<VolumeState> all = new ArrayList<>(scene.states.values());
        all.addAll(scene.formerStates);
        return all.stream()
                .anyMatch(state -> state instanceof VolumeState.Seen seen
                        && seen.snapshots().values().stream().anyMatch(part -> part.ramBytes() > 0));
    }

    /** Whether an image stands on one that has snapshots of the VM. */
    private boolean isOverlay(VolumeState state) {
        return state instanceof VolumeState.Seen seen
                && seen.volume().chain().stream()
                        .flatMap(chain -> chain.layers().stream())
                        .anyMatch(layer -> scene.tree.snapshots().stream()
                                .flatMap(s -> s.volumes().stream())
                                .anyMatch(volume -> volume.source().equals(layer.path())));
    }

    private boolean lacks(Ability ability) {
        return !scene.abilities.contains(ability);
    }
}
