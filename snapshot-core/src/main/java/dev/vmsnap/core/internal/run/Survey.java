package dev.vmsnap.core.internal.run;

import dev.vmsnap.DriverException;
import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Ability;
import dev.vmsnap.core.internal.rules.CloneRule;
import dev.vmsnap.core.internal.rules.DiskClaim;
import dev.vmsnap.core.internal.rules.Elsewhere;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.Relocated;
import dev.vmsnap.core.internal.rules.SettingsRule;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.SilentNode;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Surroundings;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.core.internal.rules.Whereabouts;
import dev.vmsnap.spi.DriverCall;
import dev.vmsnap.spi.HypervisorDriver;
import dev.vmsnap.spi.StorageDriver;
import dev.vmsnap.spi.VmConfiguration;
import dev.vmsnap.spi.VmDescription;
import dev.vmsnap.spi.VmRecord;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks: gathers the facts from which the rules decide. Changes nothing. */
final class Survey {
    private final Wiring wiring;
    private final SurroundingsSurvey surroundings;

    Survey(Wiring wiring) {
        this.wiring = wiring;
        this.surroundings = new SurroundingsSurvey(wiring);
    }

    VmRecord record(VmId vm) {
        return wiring.store().find(vm).orElseGet(() -> VmRecord.of(vm));
    }

    SnapshotSettings.Explanation settings(VmRecord record) {
        Optional<SettingsTemplate> template = record.template().flatMap(this::template);
        return SettingsRule.explain(record.choice(), template, wiring.defaults());
    }

    /** A template that cannot be read is not taken for none, which would give the VM other settings. */
    private Optional<SettingsTemplate> template(String name) {
        Optional<SettingsTemplate> found = wiring.store().templates().stream()
                .filter(t -> t.name().equals(name))
                .findFirst();
        if (found.isEmpty()) {
            wiring.store().damaged().stream()
                    .filter(one -> one.vm().isEmpty() && one.subject().equals(name))
                    .findFirst()
                    .ifPresent(one -> {
                        throw DamagedRecords.failure(one);
                    });
        }
        return found;
    }

    /** What the store knows; no node is asked. */
    Situation recorded(VmId vm) {
        return situation(record(vm), List.of(), List.of(), List.of(), VolumeStates.NONE, Set.of(), List.of());
    }

    /** What the store knows and where the VM is. */
    Situation located(VmId vm) {
        Sightings seen = sightings(vm);
        return situation(record(vm), seen.found(), seen.silent(), List.of(), VolumeStates.NONE, Set.of(), List.of());
    }

    /** Everything that a new snapshot depends on. */
    Situation forCreate(VmId vm, SnapshotSpec spec) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        Sighting at = located.chosen().get();
        DriverCall call = look(at);
        List<DiskClaim> claims = claims(at.vm(), call);
        List<Volume> volumes = new ArrayList<>(Whereabouts.remembered(
                located.record().tree(),
                Participation.of(claims, spec.ram(), spec.excluded()).volumes()));
        volumes.addAll(Whereabouts.unclaimed(located.record().tree(), claims));
        boolean counted = settings(located.record()).settings().quotaBytes() != SnapshotSettings.NO_QUOTA;
        VolumeStates states =
                counted ? examine(withSnapshots(located.record(), volumes), call) : inspect(volumes, call);
        return situation(
                        located.record(),
                        located.sightings(),
                        located.silentNodes(),
                        claims,
                        states,
                        Abilities.of(call.hypervisor()),
                        List.of())
                .with(surroundings.ofCreate(at, located.record(), states, spec.ram()));
    }

    /** Adds the other VMs that have the disks of a new snapshot: a notice, which a create itself does not pay for. */
    Situation withSharing(Situation seen) {
        return seen.chosen()
                .map(at -> seen.with(surroundings.withSharing(
                        seen.surroundings(),
                        at,
                        seen.states().all().map(VolumeState::volume).toList())))
                .orElse(seen);
    }

    /** A quota counts what lies in disks that the VM has no more, too. */
    private static List<Volume> withSnapshots(VmRecord record, List<Volume> volumes) {
        return Volumes.distinct(Stream.concat(
                volumes.stream(), record.tree().snapshots().stream().flatMap(snapshot -> snapshot.volumes().stream())));
    }

    /** Everything that a restore depends on. */
    Situation forRestore(VmId vm, SnapshotId id, Intent.RestoreOptions options) {
        Situation located = located(vm);
        Optional<Snapshot> snapshot = located.record().tree().find(id);
        if (located.chosen().isEmpty() || snapshot.isEmpty()) {
            return located;
        }
        Sighting at = located.chosen().get();
        DriverCall call = look(at);
        List<DiskClaim> claims = claims(at.vm(), call);
        VolumeStates states = inspect(snapshot.get().volumes(), call);
        Situation seen = situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                claims,
                states,
                Abilities.of(call.hypervisor()),
                drift(at, id));
        return seen.with(surroundings.ofRestore(at, located.record(), states, snapshot.get(), options));
    }

    /** Everything that a deletion depends on. */
    Situation forDelete(VmId vm, Collection<SnapshotId> which) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        return situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                List.of(),
                inspect(volumes(located.record(), which), call),
                Abilities.of(call.hypervisor()),
                List.of());
    }

    /** What the snapshots of a VM take. */
    Situation forUsage(VmId vm) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        return situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                List.of(),
                examine(volumes(located.record(), Inquiry.all(located.record().tree())), call),
                Abilities.of(call.hypervisor()),
                List.of());
    }

    /** Everything that copies of disks depend on. */
    Situation forClone(VmId vm, Intent.Clone intent) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        Situation seen = situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                claims(call.vm(), call),
                VolumeStates.NONE,
                Abilities.of(call.hypervisor()),
                List.of());
        List<Volume> volumes = CloneRule.volumes(seen, intent);
        List<Refusal> against = new ArrayList<>();
        byStorage(volumes).forEach((storage, owned) -> {
            if (wiring.storages().get(storage) instanceof StorageDriver.Cloning cloning) {
                against.addAll(cloning.objectionsTo(owned, intent.snapshot(), intent.destinations(), call));
            }
        });
        return situation(
                        seen.record(),
                        seen.sightings(),
                        seen.silentNodes(),
                        seen.claims(),
                        inspect(volumes, call),
                        seen.abilities(),
                        List.of())
                .with(against);
    }

    /** What bringing a snapshot back on another node depends on. */
    Situation forRestorable(VmId vm, SnapshotId id, String node) {
        Situation located = located(vm);
        HypervisorDriver there = wiring.nodes().get(node);
        if (there == null
                || located.silentNodes().stream()
                        .anyMatch(silent -> silent.name().equals(node))) {
            return located;
        }
        return located.with(new Elsewhere(
                VolumeStates.NONE,
                List.of(),
                new Obstacles(wiring.store(), there).ofSnapshots(located.record(), List.of(id), Map.of())));
    }

    /** The disks that a VM has, without those of its snapshots that it has no more. */
    Situation forRebuild(VmId vm) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        List<DiskClaim> claims = claims(call.vm(), call);
        return situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                claims,
                inspect(Participation.unmarked(claims).volumes(), call),
                Abilities.of(call.hypervisor()),
                List.of());
    }

    /** Everything that can be seen of a VM and its snapshots. */
    Situation forDoctor(VmId vm) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        Situation seen = situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                claims(call.vm(), call),
                VolumeStates.NONE,
                Abilities.of(call.hypervisor()),
                List.of());
        List<Volume> volumes = Doctor.volumes(seen);
        VolumeStates states = examine(volumes, call);
        return situation(
                        seen.record(),
                        seen.sightings(),
                        seen.silentNodes(),
                        seen.claims(),
                        states,
                        seen.abilities(),
                        List.of())
                .with(surroundings.of(seen.chosen().get(), seen.record(), states, volumes));
    }

    /**
     * Everything that handing a VM to another node depends on; a definition that is there already does not matter as long
     * as the VM is off there.
     */
    Situation forMigration(VmId vm, Intent.Migrate intent) {
        String target = intent.node();
        Sightings seen = sightings(vm);
        VmRecord record = record(vm);
        List<Sighting> elsewhere = seen.found().stream()
                .filter(s -> !s.node().equals(target) || s.vm().power().isActive())
                .toList();
        List<Sighting> sightings = elsewhere.isEmpty() ? seen.found() : elsewhere;
        Optional<Sighting> at = Situation.chosen(sightings);
        if (at.isEmpty()) {
            return situation(record, sightings, seen.silent(), List.of(), VolumeStates.NONE, Set.of(), List.of());
        }
        DriverCall call = look(at.get());
        List<DiskClaim> claims = claims(at.get().vm(), call);
        List<Volume> volumes = volumes(record, claims);
        Situation here = situation(
                record,
                sightings,
                seen.silent(),
                claims,
                inspect(volumes, call),
                Abilities.of(call.hypervisor()),
                List.of());
        HypervisorDriver there = wiring.nodes().get(target);
        boolean isThere = at.get().node().equals(target);
        boolean silent = seen.silent().stream().anyMatch(node -> node.name().equals(target));
        // The description is that of this node: of an active VM it would send the drivers to the other node's QEMU.
        boolean stays = at.get().vm().power().isActive() || isThere || silent;
        return there == null || stays ? here : here.with(elsewhere(here, volumes, intent, there));
    }

    /** Files have to be there already; what nodes share is seen by one of them at a time. */
    private Elsewhere elsewhere(Situation here, List<Volume> volumes, Intent.Migrate intent, HypervisorDriver there) {
        VmDescription vm = here.chosen().orElseThrow().vm();
        Call call = Call.toInspect(vm, there, wiring.store().id());
        List<Volume> files = volumes.stream()
                .filter(volume -> volume.kind() != StorageKind.NETWORK_LVM)
                .map(new Relocated(here.claims(), intent.sources())::of)
                .toList();
        VmConfiguration now = wiring.node(here.chosen().get().node()).configuration(vm.id());
        Set<SnapshotId> all = Inquiry.all(here.record().tree());
        Obstacles obstacles = new Obstacles(wiring.store(), there);
        return new Elsewhere(
                inspect(files, call),
                obstacles.of(now, "", intent.sources()),
                obstacles.ofSnapshots(here.record(), all, intent.sources()));
    }

    /** The volumes of a VM: those of its snapshots, and those that the next snapshot would take. */
    List<Volume> volumes(VmRecord record, VmDescription vm, DriverCall call) {
        return volumes(record, claims(vm, call));
    }

    private static List<Volume> volumes(VmRecord record, List<DiskClaim> claims) {
        return Volumes.distinct(Stream.concat(
                volumes(record, Inquiry.all(record.tree())).stream(),
                Participation.unmarked(claims).volumes().stream()));
    }

    /** Each volume that any of those snapshots has, once, as the newest of them knows it. */
    static List<Volume> volumes(VmRecord record, Collection<SnapshotId> which) {
        return Volumes.newest(record.tree().snapshots().stream()
                .filter(s -> which.contains(s.id()))
                .flatMap(s -> s.volumes().stream()));
    }

    /** The states of volumes; drivers are asked once each. */
    VolumeStates inspect(List<Volume> volumes, DriverCall call) {
        return states(volumes, (driver, owned) -> driver.inspect(owned, call));
    }

    /** As {@link #inspect}, with what takes longer to count. */
    private VolumeStates examine(List<Volume> volumes, DriverCall call) {
        return states(volumes, (driver, owned) -> driver.examine(owned, call));
    }

    private VolumeStates states(List<Volume> volumes, BiFunction<StorageDriver, List<Volume>, List<VolumeState>> look) {
        List<VolumeState> states = new ArrayList<>();
        byStorage(volumes).forEach((storage, owned) -> {
            StorageDriver driver = wiring.storages().get(storage);
            if (driver != null) {
                states.addAll(look.apply(driver, owned));
            }
        });
        return new VolumeStates(states);
    }

    static Map<String, List<Volume>> byStorage(List<Volume> volumes) {
        return volumes.stream()
                .collect(Collectors.groupingBy(Volume::storage, LinkedHashMap::new, Collectors.toList()));
    }

    /** The nodes that do not answer, and what is wrong with the others. */
    Nodes nodes() {
        Set<String> programs = wiring.storages().values().stream()
                .flatMap(storage -> storage.programs().stream())
                .collect(Collectors.toSet());
        List<SilentNode> silent = new ArrayList<>();
        Map<String, List<String>> lacks = new LinkedHashMap<>();
        Map<String, List<String>> outdated = new LinkedHashMap<>();
        wiring.nodes().forEach((name, hypervisor) -> {
            try {
                hypervisor.version();
                outdated.put(name, hypervisor.outdated());
                lacks.put(name, hypervisor.lacks(programs));
            } catch (DriverException away) {
                silent.add(new SilentNode(name, away.reason(), String.valueOf(away.getMessage())));
            }
        });
        return new Nodes(silent, outdated, lacks);
    }

    /**
     * The nodes of the engine, apart from VMs.
     *
     * @param silent those that did not answer
     * @param outdated what is too old on each other one, one phrase for each part
     * @param lacks what is lacking on each other one, one phrase for each thing
     */
    record Nodes(List<SilentNode> silent, Map<String, List<String>> outdated, Map<String, List<String>> lacks) {}

    /** Nodes that have the VM, and nodes that did not answer. */
    Sightings sightings(VmId vm) {
        List<Sighting> found = new ArrayList<>();
        List<SilentNode> silent = new ArrayList<>();
        wiring.nodes().forEach((name, hypervisor) -> {
            try {
                hypervisor.find(vm).ifPresent(d -> found.add(new Sighting(name, d)));
            } catch (DriverException away) {
                silent.add(new SilentNode(name, away.reason(), String.valueOf(away.getMessage())));
            }
        });
        return new Sightings(found, silent);
    }

    record Sightings(List<Sighting> found, List<SilentNode> silent) {}

    private DriverCall look(Sighting at) {
        return Call.toInspect(at.vm(), wiring.node(at.node()), wiring.store().id());
    }

    private List<DiskClaim> claims(VmDescription vm, DriverCall call) {
        List<DiskClaim> claims = new ArrayList<>();
        for (VmDescription.Disk disk : vm.disks()) {
            Map<String, StorageKind> owners = new LinkedHashMap<>();
            if (disk.source().isPresent()) {
                wiring.storages()
                        .forEach((id, driver) -> driver.claim(disk, call).ifPresent(kind -> owners.put(id, kind)));
            }
            claims.add(new DiskClaim(disk, owners));
        }
        return claims;
    }

    private List<String> drift(Sighting at, SnapshotId id) {
        VmConfiguration then = wiring.store().configurations(at.vm().id()).get(id);
        if (then == null) {
            return List.of();
        }
        HypervisorDriver hypervisor = wiring.node(at.node());
        return hypervisor.differences(then, hypervisor.configuration(at.vm().id()));
    }

    private Situation situation(
            VmRecord record,
            List<Sighting> sightings,
            List<SilentNode> silent,
            List<DiskClaim> claims,
            VolumeStates states,
            Set<Ability> abilities,
            List<String> drift) {
        Map<String, Set<StorageDriver.Trait>> traits = new LinkedHashMap<>();
        wiring.storages().forEach((id, driver) -> traits.put(id, driver.traits()));
        return new Situation(
                record,
                settings(record).settings(),
                sightings,
                silent,
                wiring.nodes().keySet(),
                claims,
                states,
                abilities,
                traits,
                drift,
                Optional.empty(),
                List.of(),
                Surroundings.NONE,
                wiring.headroom());
    }
}
