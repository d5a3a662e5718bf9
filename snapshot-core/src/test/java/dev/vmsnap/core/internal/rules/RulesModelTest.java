package dev.vmsnap.core.internal.rules;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.Actor;
import dev.vmsnap.Intent;
import dev.vmsnap.PowerState;
import dev.vmsnap.Refusal;
import dev.vmsnap.Refusal.Code;
import dev.vmsnap.Snapshot;
import dev.vmsnap.Snapshot.Status;
import dev.vmsnap.SnapshotId;
import dev.vmsnap.SnapshotSettings;
import dev.vmsnap.SnapshotSpec;
import dev.vmsnap.SnapshotSpec.Quiesce;
import dev.vmsnap.SnapshotTree;
import dev.vmsnap.StorageKind;
import dev.vmsnap.Verb;
import dev.vmsnap.Verdict;
import dev.vmsnap.Volume;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.VolumeState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random situations, intents and tree changes against a model that is as naive as it can be. */
final class RulesModelTest {
    private static final int STEPS = 4000;

    @ParameterizedTest
    @ValueSource(longs = {1, 20_250_101, 424_242, -7})
    void theRulesAgreeWithANaiveModel(long seed) {
        Random random = new Random(seed);
        SnapshotTree tree = SnapshotTree.empty(Scene.VM);
        Map<Code, Set<String>> promised = ErrorsPage.keys();
        Set<Code> met = EnumSet.noneOf(Code.class);
        int allowed = 0;
        for (int step = 0; step < STEPS; step++) {
            tree = changed(tree, random, step);
            Scene scene = scene(tree, random);
            Intent intent = intent(tree, random);
            Actor actor = random.nextBoolean() ? Scene.ADMIN : Scene.USER;

            Verdict verdict = scene.judge(intent, actor);

            assertThat(new HashSet<>(Scene.codes(verdict)))
                    .as("seed %d, step %d: %s by %s in %s", seed, step, intent, actor.role(), scene.situation())
                    .isEqualTo(Model.codes(scene, intent, actor));
            assertThat(verdict.refusals()).as("seed %d, step %d", seed, step).allSatisfy(RulesModelTest::isWellPut);
            assertThat(verdict.refusals()).allSatisfy(refusal -> assertThat(promised.get(refusal.code()))
                    .as("keys of %s on the page", refusal.code())
                    .containsAll(refusal.data().keySet()));
            met.addAll(Scene.codes(verdict));
            allowed += verdict.allowed() ? 1 : 0;
        }
        assertThat(allowed).as("seed %d: allowed verdicts", seed).isGreaterThan(STEPS / 20);
        assertThat(met).as("seed %d: refusals met", seed).hasSizeGreaterThan(22);
    }

    private static void isWellPut(Refusal refusal) {
        assertThat(refusal.message()).endsWith(".").doesNotContain("Optional", "null", "\n");
        assertThat(refusal.remedy()).endsWith(".").isNotEqualTo(refusal.message());
        assertThat(refusal.message().charAt(0)).isUpperCase();
        assertThat(refusal.remedy().charAt(0)).isUpperCase();
    }

    private static SnapshotTree changed(SnapshotTree tree, Random random, int step) {
        List<Snapshot> all = tree.snapshots();
        if (all.isEmpty() || (all.size() < 6 && random.nextInt(3) > 0)) {
            Snapshot grown = Scene.withVolumes(
                    Scene.snapshot("s" + step, random.nextInt(3) == 0)
                            .withParent(
                                    all.isEmpty()
                                            ? Optional.empty()
                                            : Optional.of(any(all, random).id())),
                    volumes(random));
            return tree.grow(grown);
        }
        Snapshot some = any(all, random);
        return switch (random.nextInt(4)) {
            case 0 -> tree.prune(Set.of(some.id()));
            case 1 -> tree.moveCurrent(Optional.of(some.id()));
            case 2 ->
                tree.replace(some.withStatus(any(
                        List.of(Status.AVAILABLE, Status.AVAILABLE, Status.CREATING, Status.RESTORING, Status.DELETING),
                        random)));
            default -> tree.replace(some.unavailable(any(List.of(Snapshot.Reason.values()), random)));
        };
    }

    private static List<Volume> volumes(Random random) {
        StorageKind kind = random.nextInt(4) == 0 ? any(List.of(StorageKind.values()), random) : StorageKind.FILE;
        Volume first = Scene.volume("vda", kind);
        Volume other = Scene.volume("vdb", StorageKind.FILE);
        return Stream.of(first, other)
                .limit(random.nextInt(4) == 0 ? 2 : 1)
                .map(volume -> random.nextInt(4) == 0 ? volume.withSource(former(volume.target())) : volume)
                .map(volume -> chain(random).map(volume::on).orElse(volume))
                .toList();
    }

    /** A disk that the VM had under a target that names another one today. */
    private static String former(String target) {
        return "/images/former-" + target;
    }

    private static Optional<Chain> chain(Random random) {
        return switch (random.nextInt(12)) {
            case 0, 1, 2, 3 -> Optional.empty();
            case 4 -> Optional.of(layer("/images/base"));
            case 5 -> Optional.of(layer(former("vda")));
            default -> Optional.of(Chain.NONE);
        };
    }

    private static Chain layer(String path) {
        return new Chain(List.of(new Chain.Layer(path, "qcow2", Scene.GIB, "1.1")));
    }

    private static Scene scene(SnapshotTree tree, Random random) {
        return Scene.where(s -> {
            s.tree = tree;
            s.settings = new SnapshotSettings(
                    random.nextBoolean(),
                    random.nextInt(8),
                    random.nextInt(4) > 0,
                    random.nextInt(4) > 0,
                    random.nextInt(8) == 0 ? 0 : SnapshotSettings.NO_QUOTA);
            s.power = any(List.of(PowerState.values()), random);
            s.persistent = random.nextInt(10) > 0;
            s.savedState = random.nextInt(10) == 0;
            s.firmware = random.nextInt(6) == 0;
            s.agent = random.nextInt(4) > 0;
            s.atomicCut = random.nextBoolean();
            s.obstacles = random.nextInt(8) == 0 ? List.of("host device") : List.of();
            s.job = random.nextInt(12) == 0 ? Optional.of("migration") : Optional.empty();
            s.seen = random.nextInt(10) > 0;
            s.silent = random.nextInt(5) == 0 ? List.of("node-9") : List.of();
            s.lastNode = Optional.of(random.nextInt(4) == 0 ? "node-9" : "node-1");
            if (random.nextInt(8) == 0) {
                s.otherNodes.put("node-2", any(List.of(PowerState.values()), random));
            }
            if (random.nextInt(3) == 0) {
                s.claims.add(any(
                        List.of(
                                Scene.file("vdb"),
                                Scene.lvm("vdb"),
                                new DiskClaim(Scene.disk("vdb"), Map.of()),
                                new DiskClaim(
                                        Scene.disk("vdb"), Map.of("file", StorageKind.FILE, "nas", StorageKind.NAS)),
                                new DiskClaim(Scene.disk("vdb"), Map.of("ceph", StorageKind.RBD))),
                        random));
            }
            for (Ability ability : Ability.values()) {
                if (random.nextInt(8) == 0) {
                    s.abilities = s.abilities.stream()
                            .filter(other -> other != ability)
                            .collect(Collectors.toSet());
                }
            }
            s.drift = random.nextInt(6) == 0 ? List.of("memory was changed") : List.of();
            long free = random.nextInt(8) == 0 ? 0 : Scene.GIB;
            s.claims.forEach(claim -> s.state(claim.disk().target(), state -> Scene.room(state, "/images", free, 1)));
            for (String target : List.of("vda", "vdb")) {
                if (random.nextInt(5) > 0) {
                    s.formerStates.add(former(s.seen("vda"), target));
                }
            }
            s.states.replaceAll((target, state) -> disturbed(holding(state, tree, random), random));
            s.formerStates.replaceAll(state -> disturbed(holding(state, tree, random), random));
        });
    }

    private static VolumeState.Seen former(VolumeState.Seen like, String target) {
        return Scene.of(like, Scene.volume(target, StorageKind.FILE).withSource(former(target)));
    }

    /** The state of a disk with the parts of the snapshots that were taken of it, and with a chain. */
    private static VolumeState holding(VolumeState state, SnapshotTree tree, Random random) {
        Map<SnapshotId, VolumeState.Part> held = new HashMap<>();
        for (Snapshot snapshot : tree.snapshots()) {
            boolean has = snapshot.volumes().stream()
                    .anyMatch(volume -> volume.key().equals(state.volume().key()));
            if (has && random.nextInt(20) > 0) {
                held.put(snapshot.id(), part(snapshot.ram(), random));
            }
        }
        VolumeState.Seen seen = Scene.holding(state.asSeen().orElseThrow(), held);
        return chain(random).map(now -> Scene.of(seen, seen.volume().on(now))).orElse(seen);
    }

    private static VolumeState disturbed(VolumeState state, Random random) {
        Volume volume = state.volume();
        return switch (random.nextInt(16)) {
            case 0 -> new VolumeState.Absent(volume, Refusal.of(Code.IMAGE_UNUSABLE, "It is gone.", "Bring it back."));
            case 1, 2 ->
                new VolumeState.Unknown(
                        volume, Refusal.of(Code.STORAGE_AWAY, "It is away.", "Bring the storage back."));
            case 3 ->
                Scene.saying(
                        state.asSeen().orElseThrow(),
                        Map.of(
                                Verb.DELETE,
                                List.of(Refusal.of(Code.IMAGE_IN_USE, "It is open.", "End what else uses it."))));
            default -> state;
        };
    }

    private static VolumeState.Part part(boolean ram, Random random) {
        return new VolumeState.Part(
                ram && random.nextInt(10) > 0 ? 1 : 0,
                OptionalLong.empty(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                random.nextInt(12) == 0 ? Optional.of(Snapshot.Reason.OVERFLOWN) : Optional.empty());
    }

    private static Intent intent(SnapshotTree tree, Random random) {
        List<SnapshotId> ids =
                new ArrayList<>(tree.snapshots().stream().map(Snapshot::id).toList());
        ids.add(SnapshotId.of("unknown"));
        SnapshotId id = any(ids, random);
        String text = any(List.of("", "good", "good too", "two\nlines", "x".repeat(256)), random);
        return switch (random.nextInt(15)) {
            case 0, 1, 2, 3 ->
                new Intent.Create(new SnapshotSpec(
                        Snapshot.Labels.named(text).comment(text),
                        random.nextBoolean(),
                        any(List.of(Quiesce.values()), random),
                        random.nextInt(5) == 0 ? Set.of("vdb") : Set.of()));
            case 4, 5, 6 -> new Intent.Restore(id, any(List.of(Intent.Drift.values()), random));
            case 7 -> new Intent.Edit(id, Snapshot.Labels.named(text).comment(text));
            case 8 ->
                new Intent.Delete(
                        new HashSet<>(List.of(id, any(ids, random))),
                        random.nextBoolean(),
                        any(List.of(Intent.Unreachable.values()), random));
            case 9 -> new Intent.DeleteAll(any(List.of(Intent.Unreachable.values()), random));
            case 10 -> any(List.of(new Intent.Configure(), new Intent.Clone(), new Intent.DeleteVm()), random);
            case 11 -> new Intent.Reconfigure(Set.of());
            case 12 -> new Intent.MigrateCold("node-2", any(List.of(StorageKind.values()), random));
            case 13 -> new Intent.Migrate(any(List.of("node-2", "node-9", "node-7"), random));
            default -> new Intent.MigrateLive("node-2", StorageKind.FILE);
        };
    }

    private static <T> T any(Collection<? extends T> from, Random random) {
        List<? extends T> list = List.copyOf(from);
        return list.get(random.nextInt(list.size()));
    }
}
