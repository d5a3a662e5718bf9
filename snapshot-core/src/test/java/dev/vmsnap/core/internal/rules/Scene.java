package dev.vmsnap.core.internal.rules;

import dev.vmsnap.Actor;
import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsChoice;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.Volume;
import dev.vmsnap.spi.StorageDriver.Trait;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Facts about one VM, at first such that everything is allowed: running, one qcow2 disk, an agent, room enough. */
final class Scene {
    static final VmId VM = VmId.of("vm-1");
    static final Actor ADMIN = Actor.administrator("ada");
    static final Actor USER = Actor.user("uwe");
    static final long GIB = 1L << 30;

    SnapshotSettings settings = new SnapshotSettings(false, 3, true);
    String name = "web";
    Optional<String> lastNode = Optional.of("node-1");
    SnapshotTree tree = SnapshotTree.empty(VM);
    PowerState power = PowerState.RUNNING;
    long memory = GIB;
    boolean persistent = true;
    boolean savedState;
    boolean firmware;
    List<String> stateObstacles = List.of();
    boolean atomicCut = true;
    boolean agent = true;
    List<String> obstacles = List.of();
    Optional<String> job = Optional.empty();
    Map<String, PowerState> otherNodes = new LinkedHashMap<>();
    boolean seen = true;
    List<String> silent = List.of();
    Set<String> nodes = Set.of("node-1", "node-2", "node-9");
    List<DiskClaim> claims = new ArrayList<>(List.of(file("vda")));
    Map<String, VolumeState> states = new HashMap<>();
    List<VolumeState> formerStates = new ArrayList<>();
    Set<Ability> abilities = EnumSet.allOf(Ability.class);
    Map<String, Set<Trait>> traits = new HashMap<>(Map.of(
            "file", Set.of(Trait.IN_IMAGE, Trait.RAM_IN_IMAGE),
            "lvm", Set.of(Trait.HOLD_TO_CUT, Trait.RAM_BESIDE),
            "san", Set.of(Trait.HOLD_TO_CUT, Trait.RAM_BESIDE, Trait.PORTABLE)));
    List<String> drift = List.of();
    Optional<Elsewhere> elsewhere = Optional.empty();
    List<Refusal> destinations = List.of();
    Surroundings surroundings = Surroundings.NONE;
    OptionalLong headroom = OptionalLong.empty();

    static Scene ordinary() {
        return new Scene();
    }

    static Scene where(Consumer<Scene> change) {
        return new Scene().and(change);
    }

    Scene and(Consumer<Scene> change) {
        change.accept(this);
        return this;
    }

    static Disk disk(String target) {
        return new Disk(target, Device.DISK, SourceType.FILE, Optional.of("/images/" + target), Optional.of("qcow2"));
    }

    static DiskClaim file(String target) {
        return new DiskClaim(disk(target), Map.of("file", StorageKind.FILE));
    }

    static DiskClaim lvm(String target) {
        return logicalVolume(target, "/dev/vg/" + target, "lvm", StorageKind.LOCAL_LVM);
    }

    static DiskClaim san(String target) {
        return logicalVolume(target, "/dev/vg_san/" + target, "san", StorageKind.NETWORK_LVM);
    }

    private static DiskClaim logicalVolume(String target, String source, String storage, StorageKind kind) {
        Disk disk = new Disk(target, Device.DISK, SourceType.BLOCK, Optional.of(source), Optional.of("raw"));
        return new DiskClaim(disk, Map.of(storage, kind));
    }

    static Volume volume(String target, StorageKind kind) {
        return new Volume(target, "/images/" + target, "qcow2", kind, "file", OptionalLong.of(10 * GIB));
    }

    static Snapshot snapshot(String id, boolean ram, String... targets) {
        return new Snapshot(
                SnapshotId.of(id),
                VM,
                Optional.empty(),
                Snapshot.Labels.named("name of " + id),
                Instant.EPOCH,
                ADMIN,
                Snapshot.Status.AVAILABLE,
                Optional.empty(),
                ram,
                PowerState.RUNNING,
                "node-1",
                List.of(targets).stream().map(t -> volume(t, StorageKind.FILE)).toList(),
                Set.of(),
                Optional.empty());
    }

    /** A snapshot of the disks that the VM has now. */
    Snapshot snapshotOfItsDisks(String id, boolean ram) {
        return withVolumes(snapshot(id, ram), Participation.of(claims, ram).volumes());
    }

    static Snapshot withVolumes(Snapshot of, List<Volume> volumes) {
        return of.completed(
                volumes,
                new Snapshot.Receipt(Snapshot.Consistency.CRASH, Duration.ZERO, Duration.ZERO, 0, "", List.of()));
    }

    /** Adds snapshots to the tree and, with their RAM, to the volumes that they have. */
    Scene has(Snapshot... snapshots) {
        for (Snapshot snapshot : snapshots) {
            tree = tree.grow(snapshot);
            boolean first = true;
            for (Volume volume : snapshot.volumes()) {
                long ram = snapshot.ram() && first ? memory : 0;
                state(volume.target(), held -> {
                    Map<SnapshotId, VolumeState.Part> more = new HashMap<>(held.snapshots());
                    more.put(snapshot.id(), VolumeState.Part.whole(ram));
                    return holding(held, more);
                });
                first = false;
            }
        }
        return this;
    }

    static VolumeState.Seen holding(VolumeState.Seen state, Map<SnapshotId, VolumeState.Part> snapshots) {
        return new VolumeState.Seen(
                state.volume(),
                state.store(),
                state.freeBytes(),
                state.neededBytes(),
                snapshots,
                state.foreign(),
                state.snapshotBytes(),
                state.leakedBytes(),
                state.objections(),
                state.notices());
    }

    static VolumeState.Seen of(VolumeState.Seen state, Volume volume) {
        return new VolumeState.Seen(
                volume,
                state.store(),
                state.freeBytes(),
                state.neededBytes(),
                state.snapshots(),
                state.foreign(),
                state.snapshotBytes(),
                state.leakedBytes(),
                state.objections(),
                state.notices());
    }

    static VolumeState.Seen room(VolumeState.Seen state, String store, long free, long needed) {
        return new VolumeState.Seen(
                state.volume(),
                store,
                free,
                needed,
                state.snapshots(),
                state.foreign(),
                state.snapshotBytes(),
                state.leakedBytes(),
                state.objections(),
                state.notices());
    }

    static VolumeState.Seen saying(
            VolumeState.Seen state, Map<Verb, List<Refusal>> objections, Verdict.Notice... notices) {
        return state.with(objections, List.of(notices));
    }

    /** The state of the disk that a target names now. */
    VolumeState.Seen seen(String target) {
        return states.getOrDefault(target, ordinaryState(target)).asSeen().orElseThrow();
    }

    Scene state(String target, Function<VolumeState.Seen, VolumeState> change) {
        states.put(target, change.apply(seen(target)));
        return this;
    }

    private VolumeState.Seen ordinaryState(String target) {
        Volume volume = claims.stream()
                .filter(claim ->
                        claim.disk().target().equals(target) && claim.owners().size() == 1)
                .findFirst()
                .map(claim -> new Volume(
                        target,
                        claim.disk().source().orElse("-"),
                        claim.disk().format().orElse("-"),
                        claim.owners().values().iterator().next(),
                        claim.owners().keySet().iterator().next(),
                        OptionalLong.of(10 * GIB)))
                .orElse(volume(target, StorageKind.FILE));
        return new VolumeState.Seen(
                volume, "/images", 100 * GIB, 1, Map.of(), List.of(), OptionalLong.empty(), 0, Map.of(), List.of());
    }

    private Set<VmDescription.Trait> traits() {
        Set<VmDescription.Trait> all = EnumSet.noneOf(VmDescription.Trait.class);
        Map.of(
                        VmDescription.Trait.PERSISTENT, persistent,
                        VmDescription.Trait.SAVED_STATE, savedState,
                        VmDescription.Trait.MACHINE_STATE, firmware,
                        VmDescription.Trait.ATOMIC_CUT, atomicCut,
                        VmDescription.Trait.AGENT, agent)
                .forEach((trait, has) -> {
                    if (has) {
                        all.add(trait);
                    }
                });
        return all;
    }

    VmDescription vm(PowerState as) {
        return new VmDescription(
                VM,
                name,
                as,
                memory,
                claims.stream().map(DiskClaim::disk).toList(),
                traits(),
                stateObstacles,
                obstacles,
                job);
    }

    Situation situation() {
        claims.forEach(claim -> states.computeIfAbsent(claim.disk().target(), this::ordinaryState));
        List<Sighting> sightings = new ArrayList<>();
        if (seen) {
            sightings.add(new Sighting("node-1", vm(power)));
        }
        otherNodes.forEach((node, as) -> sightings.add(new Sighting(node, vm(as))));
        VmRecord record = new VmRecord(VM, 1, name, lastNode, Optional.empty(), SettingsChoice.open(), tree, List.of());
        return new Situation(
                record,
                settings,
                sightings,
                silent.stream()
                        .map(node -> new SilentNode(node, DriverException.Reason.UNREACHABLE, "it does not answer"))
                        .toList(),
                nodes,
                claims,
                new VolumeStates(Stream.concat(states.values().stream(), formerStates.stream())
                        .toList()),
                abilities,
                traits,
                drift,
                elsewhere,
                destinations,
                surroundings,
                headroom);
    }

    Verdict judge(Intent intent) {
        return judge(intent, ADMIN);
    }

    Verdict judge(Intent intent, Actor actor) {
        return Rules.judge(situation(), intent, actor);
    }

    static Intent create() {
        return new Intent.Create(SnapshotSpec.unnamed());
    }

    static Intent createWithRam() {
        return new Intent.Create(SnapshotSpec.unnamed().withRam());
    }

    static Intent restore(String id) {
        return new Intent.Restore(SnapshotId.of(id), Intent.Drift.REFUSE);
    }

    static Intent restoreConfiguration(String id) {
        return new Intent.Restore(SnapshotId.of(id), Intent.Drift.RESTORE_CONFIGURATION);
    }

    static Intent delete(String... ids) {
        return new Intent.Delete(Set.of(ids).stream().map(SnapshotId::of).collect(Collectors.toSet()), false);
    }

    static List<Refusal.Code> codes(Verdict verdict) {
        return verdict.refusals().stream().map(Refusal::code).toList();
    }

    static List<Verdict.Notice.Code> notices(Verdict verdict) {
        return verdict.notices().stream().map(Verdict.Notice::code).toList();
    }

    static Refusal only(Verdict verdict) {
        if (verdict.refusals().size() != 1) {
            throw new AssertionError("expected one refusal: " + verdict);
        }
        return verdict.refusals().get(0);
    }
}
