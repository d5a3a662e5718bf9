package dev.vmsnap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random growing, pruning and moving against parents kept in a plain map. */
final class SnapshotTreeRandomTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 77, -5, 123_456_789})
    void randomOperationsKeepATreeSoundAndAgreeWithAPlainMap(long seed) {
        Random random = new Random(seed);
        SnapshotTree tree = SnapshotTree.empty(Trees.VM);
        Map<String, String> parents = new LinkedHashMap<>();
        String current = null;
        for (int step = 0; step < 600; step++) {
            List<String> ids = new ArrayList<>(parents.keySet());
            int kind = ids.isEmpty() ? 0 : random.nextInt(10);
            if (kind < 5) {
                String id = "s" + step;
                tree = tree.grow(Trees.snapshot(id, current, random.nextInt(50)))
                        .moveCurrent(Optional.of(SnapshotId.of(id)));
                parents.put(id, current);
                current = id;
            } else if (kind < 8) {
                current = ids.get(random.nextInt(ids.size()));
                tree = tree.moveCurrent(Optional.of(SnapshotId.of(current)));
            } else {
                Set<String> gone = new HashSet<>();
                for (int i = random.nextInt(4); i >= 0; i--) {
                    gone.add(ids.get(random.nextInt(ids.size())));
                }
                tree = tree.prune(gone.stream().map(SnapshotId::of).toList());
                current = up(current, gone, parents);
                Map<String, String> left = new LinkedHashMap<>();
                for (String id : ids) {
                    if (!gone.contains(id)) {
                        left.put(id, up(parents.get(id), gone, parents));
                    }
                }
                parents = left;
            }
            assertThat(parentsOf(tree)).as("seed %d, step %d", seed, step).isEqualTo(parents);
            assertThat(tree.current().map(SnapshotId::value))
                    .as("seed %d, step %d", seed, step)
                    .isEqualTo(Optional.ofNullable(current));
            isSound(tree, "seed " + seed + ", step " + step);
        }
    }

    private static void isSound(SnapshotTree tree, String where) {
        List<Snapshot> reached = new ArrayList<>();
        tree.roots().forEach(root -> reached.addAll(tree.subtree(root.id())));
        assertThat(reached).as(where).containsExactlyInAnyOrderElementsOf(tree.snapshots());
        Set<SnapshotId> before = new HashSet<>();
        for (Snapshot snapshot : reached) {
            assertThat(before).as(where).containsAll(snapshot.parent().stream().toList());
            before.add(snapshot.id());
        }
        assertThat(SnapshotTree.of(tree.vm(), reached, tree.current()))
                .as(where)
                .isEqualTo(tree);
    }

    private static Map<String, String> parentsOf(SnapshotTree tree) {
        Map<String, String> parents = new LinkedHashMap<>();
        tree.snapshots()
                .forEach(s -> parents.put(
                        s.id().value(), s.parent().map(SnapshotId::value).orElse(null)));
        return parents;
    }

    private static String up(String from, Set<String> gone, Map<String, String> parents) {
        String at = from;
        while (at != null && gone.contains(at)) {
            at = parents.get(at);
        }
        return at;
    }
}
