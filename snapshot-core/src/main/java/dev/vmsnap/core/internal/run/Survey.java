package dev.vmsnap.core.internal.run;

import dev.vmsnap.Intent;
import dev.vmsnap.Refusal;
import dev.vmsnap.SettingsTemplate;
import dev.vmsnap.Snapshot;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.StorageKind;
import dev.vmsnap.VmId;
import dev.vmsnap.VmSnapshots.SilentNode;
import dev.vmsnap.Volume;
import dev.vmsnap.core.internal.rules.Ability;
import dev.vmsnap.core.internal.rules.CloneRule;
import dev.vmsnap.core.internal.rules.DiskClaim;
import dev.vmsnap.core.internal.rules.Elsewhere;
import dev.vmsnap.core.internal.rules.Participation;
import dev.vmsnap.core.internal.rules.Relocated;
import dev.vmsnap.core.internal.rules.SettingsRule;
import dev.vmsnap.core.internal.rules.Sighting;
import dev.vmsnap.core.internal.rules.Situation;
import dev.vmsnap.core.internal.rules.Surroundings;
import dev.vmsnap.core.internal.rules.VolumeStates;
import dev.vmsnap.core.internal.rules.Volumes;
import dev.vmsnap.core.internal.rules.Whereabouts;
import dev.vmsnap.core.internal.run.NodeQueries.Patience;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Looks: gathers the facts from which the rules decide. Changes nothing. */
final class Survey {
    private final Wiring wiring;
    private final NodeQueries nodes;
    private final VolumeSurvey storages;
    private final SurroundingsSurvey surroundings;

    Survey(Wiring wiring, NodeQueries nodes) {
        this.wiring = wiring;
        this.nodes = nodes;
        this.storages = new VolumeSurvey(wiring);
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
        return located(vm, List.of(), Patience.OF_THE_DRIVER);
    }

    /** The same for what only reports: it does not wait for a node that hangs. */
    private Situation reported(VmId vm) {
        return located(vm, List.of(), Patience.FOR_A_SIGN_OF_LIFE);
    }

    private Situation located(VmId vm, List<String> involved, Patience patience) {
        VmRecord record = record(vm);
        Sightings seen = sightings(record, involved, patience);
        return situation(record, seen.found(), seen.silent(), List.of(), VolumeStates.NONE, Set.of(), List.of());
    }

    /** Everything that a new snapshot depends on. */
    Situation forCreate(VmId vm, SnapshotSpec spec) {
        Situation located = located(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        Sighting at = located.chosen().get();
        DriverCall call = look(at);
        List<DiskClaim> claims = storages.claims(at.vm(), call);
        List<Volume> volumes = new ArrayList<>(Whereabouts.remembered(
                located.record().tree(),
                Participation.of(claims, spec.ram(), spec.excluded()).volumes()));
        volumes.addAll(Whereabouts.unclaimed(located.record().tree(), claims));
        boolean counted = settings(located.record()).settings().quotaBytes() != SnapshotSettings.NO_QUOTA;
        VolumeStates states = counted
                ? storages.examine(withSnapshots(located.record(), volumes), call)
                : storages.inspect(volumes, call);
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
        List<DiskClaim> claims = storages.claims(at.vm(), call);
        VolumeStates states = storages.inspect(snapshot.get().volumes(), call);
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
                storages.inspect(volumes(located.record(), which), call),
                Abilities.of(call.hypervisor()),
                List.of());
    }

    /** Gathers the bytes of a VM's snapshots, and of those on its disks that the store does not know. */
    Situation forUsage(VmId vm) {
        Situation located = reported(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        List<DiskClaim> claims = storages.claims(call.vm(), call);
        VolumeStates states = storages.examine(VolumeSurvey.volumes(located.record(), claims), call);
        return situation(
                        located.record(),
                        located.sightings(),
                        located.silentNodes(),
                        claims,
                        states,
                        Abilities.of(call.hypervisor()),
                        List.of())
                .with(surroundings.ofUsage(located.record(), states));
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
                storages.claims(call.vm(), call),
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
                        storages.inspect(volumes, call),
                        seen.abilities(),
                        List.of())
                .with(against);
    }

    /** What bringing a snapshot back on another node depends on. */
    Situation forRestorable(VmId vm, SnapshotId id, String node) {
        Situation located = located(vm, List.of(node), Patience.OF_THE_DRIVER);
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
        List<DiskClaim> claims = storages.claims(call.vm(), call);
        return situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                claims,
                storages.inspect(Participation.unmarked(claims).volumes(), call),
                Abilities.of(call.hypervisor()),
                List.of());
    }

    /** Everything that can be seen of a VM and its snapshots. */
    Situation forDoctor(VmId vm) {
        Situation located = reported(vm);
        if (located.chosen().isEmpty()) {
            return located;
        }
        DriverCall call = look(located.chosen().get());
        Situation seen = situation(
                located.record(),
                located.sightings(),
                located.silentNodes(),
                storages.claims(call.vm(), call),
                VolumeStates.NONE,
                Abilities.of(call.hypervisor()),
                List.of());
        List<Volume> volumes = Doctor.volumes(seen);
        VolumeStates states = storages.examine(volumes, call);
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
        VmRecord record = record(vm);
        Sightings seen = sightings(record, List.of(target), Patience.OF_THE_DRIVER);
        List<Sighting> elsewhere = seen.found().stream()
                .filter(s -> !s.node().equals(target) || s.vm().power().isActive())
                .toList();
        List<Sighting> sightings = elsewhere.isEmpty() ? seen.found() : elsewhere;
        Optional<Sighting> at = Situation.chosen(sightings);
        if (at.isEmpty()) {
            return situation(record, sightings, seen.silent(), List.of(), VolumeStates.NONE, Set.of(), List.of());
        }
        DriverCall call = look(at.get());
        List<DiskClaim> claims = storages.claims(at.get().vm(), call);
        List<Volume> volumes = VolumeSurvey.volumes(record, claims);
        Situation here = situation(
                record,
                sightings,
                seen.silent(),
                claims,
                storages.inspect(volumes, call),
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
                storages.inspect(files, call),
                obstacles.of(now, "", intent.sources()),
                obstacles.ofSnapshots(here.record(), all, intent.sources()));
    }

    /** Each volume that any of those snapshots has, once, as the newest of them knows it. */
    static List<Volume> volumes(VmRecord record, Collection<SnapshotId> which) {
        return Volumes.newest(record.tree().snapshots().stream()
                .filter(s -> which.contains(s.id()))
                .flatMap(s -> s.volumes().stream()));
    }

    static Map<String, List<Volume>> byStorage(List<Volume> volumes) {
        return volumes.stream()
                .collect(Collectors.groupingBy(Volume::storage, LinkedHashMap::new, Collectors.toList()));
    }

    /** The nodes that do not answer, and the defects of the others. */
    NodeQueries.Answers<NodeFacts> nodes() {
        Set<String> programs = wiring.storages().values().stream()
                .flatMap(storage -> storage.programs().stream())
                .collect(Collectors.toSet());
        return nodes.askEach(node -> new NodeFacts(node.outdated(), node.lacks(programs)));
    }

    /**
     * The defects of a node, apart from its VMs.
     *
     * @param outdated the parts that are too old, one phrase for each
     * @param lacks the things that are lacking, one phrase for each
     */
    record NodeFacts(List<String> outdated, List<String> lacks) {}

    /** The VMs of the nodes that answer. */
    Stream<VmDescription> vms() {
        return nodes.askEach(HypervisorDriver::vms).given().values().stream().flatMap(List::stream);
    }

    /**
     * Asks all nodes, because two that have one VM are a reason to do nothing.
     *
     * @param involved nodes without which nothing can be done, besides the one that had the VM last; any other one is not
     *     waited for once the VM was found
     */
    private Sightings sightings(VmRecord record, List<String> involved, Patience patience) {
        List<String> needed =
                Stream.concat(record.node().stream(), involved.stream()).toList();
        NodeQueries.Answers<Optional<VmDescription>> answers =
                nodes.ask(needed, patience, node -> node.find(record.vm()), Optional::isPresent);
        List<Sighting> found = new ArrayList<>();
        answers.given().forEach((name, vm) -> vm.ifPresent(seen -> found.add(new Sighting(name, seen))));
        return new Sightings(found, answers.silent());
    }

    private record Sightings(List<Sighting> found, List<SilentNode> silent) {}

    private DriverCall look(Sighting at) {
        return Call.toInspect(at.vm(), wiring.node(at.node()), wiring.store().id());
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
