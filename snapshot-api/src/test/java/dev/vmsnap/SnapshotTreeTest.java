package dev.vmsnap;

import static dev.vmsnap.Trees.VM;
import static dev.vmsnap.Trees.ids;
import static dev.vmsnap.Trees.snapshot;
import static dev.vmsnap.Trees.tree;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SnapshotTreeTest {
    /** Roots a and f; a has b and c, b has d, d has e; we are at e. */
    private static final SnapshotTree FOREST = tree(
            "e",
            snapshot("f", null, 6),
            snapshot("e", "d", 5),
            snapshot("d", "b", 4),
            snapshot("c", "a", 3),
            snapshot("b", "a", 2),
            snapshot("a", null, 1));

    @Test
    void aTreeWithACycleCannotBeBuilt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree(null, snapshot("a", "b", 1), snapshot("b", "a", 2)))
                .withMessageContaining("own ancestor");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree(null, snapshot("a", "c", 1), snapshot("b", "a", 2), snapshot("c", "b", 3)));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree(null, snapshot("x", "a", 3), snapshot("a", "b", 1), snapshot("b", "a", 2)));
        assertThatIllegalArgumentException().isThrownBy(() -> snapshot("a", "a", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> FOREST.replace(snapshot("a", "e", 1)));
    }

    @Test
    void aTreeWithoutAParentThatASnapshotNamesCannotBeBuilt() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree(null, snapshot("b", "a", 1)))
                .withMessageContaining("no snapshot a");
        assertThatIllegalArgumentException().isThrownBy(() -> FOREST.grow(snapshot("g", "zzz", 7)));
    }

    @Test
    void aSnapshotOfAnotherVmIsNotTakenIn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SnapshotTree.of(VmId.of("vm-2"), List.of(snapshot("a", null, 1)), Optional.empty()))
                .withMessageContaining("vm-1")
                .withMessageContaining("vm-2");
    }

    @Test
    void twoSnapshotsWithOneIdAreNotTakenIn() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tree(null, snapshot("a", null, 1), snapshot("a", null, 2)));
        assertThatIllegalArgumentException().isThrownBy(() -> FOREST.grow(snapshot("c", "a", 9)));
    }

    @Test
    void theMarkerPointsAtOneOfThemOrAtNone() {
        assertThatIllegalArgumentException().isThrownBy(() -> tree("b", snapshot("a", null, 1)));
        assertThatIllegalArgumentException().isThrownBy(() -> FOREST.moveCurrent(Optional.of(SnapshotId.of("zzz"))));
        assertThat(FOREST.moveCurrent(Optional.of(SnapshotId.of("a"))).current())
                .contains(SnapshotId.of("a"));
        assertThat(FOREST.moveCurrent(Optional.empty()).current()).isEmpty();
    }

    @Test
    void snapshotsStandInOrderOfAgeAndThoseOfOneInstantInOrderOfTheirIds() {
        assertThat(ids(FOREST.snapshots())).containsExactly("a", "b", "c", "d", "e", "f");
        assertThat(ids(tree(null, snapshot("y", null, 1), snapshot("x", null, 1))
                        .snapshots()))
                .containsExactly("x", "y");
    }

    @Test
    void rootsAndChildrenStandInOrderOfAge() {
        assertThat(ids(FOREST.roots())).containsExactly("a", "f");
        assertThat(ids(FOREST.childrenOf(SnapshotId.of("a")))).containsExactly("b", "c");
        assertThat(FOREST.childrenOf(SnapshotId.of("e"))).isEmpty();
        assertThat(FOREST.childrenOf(SnapshotId.of("zzz"))).isEmpty();
    }

    @Test
    void aSubtreeHasParentsBeforeChildren() {
        assertThat(ids(FOREST.subtree(SnapshotId.of("a")))).containsExactly("a", "b", "c", "d", "e");
        assertThat(ids(FOREST.subtree(SnapshotId.of("d")))).containsExactly("d", "e");
        assertThat(FOREST.subtree(SnapshotId.of("zzz"))).isEmpty();
    }

    @Test
    void aSubtreeHasParentsBeforeChildrenEvenWhenAClockWentBack() {
        SnapshotTree odd = tree(null, snapshot("a", null, 9), snapshot("b", "a", 5), snapshot("c", "b", 1));

        assertThat(ids(odd.subtree(SnapshotId.of("a")))).containsExactly("a", "b", "c");
        assertThat(ids(odd.pathTo(SnapshotId.of("c")))).containsExactly("a", "b", "c");
    }

    @Test
    void thePathGoesFromTheRootDown() {
        assertThat(ids(FOREST.pathTo(SnapshotId.of("e")))).containsExactly("a", "b", "d", "e");
        assertThat(ids(FOREST.pathTo(SnapshotId.of("f")))).containsExactly("f");
        assertThat(FOREST.pathTo(SnapshotId.of("zzz"))).isEmpty();
    }

    @Test
    void growingKeepsTheMarkerWhereItIs() {
        SnapshotTree grown = FOREST.grow(snapshot("g", "e", 7));

        assertThat(grown.size()).isEqualTo(7);
        assertThat(grown.current()).contains(SnapshotId.of("e"));
        assertThat(FOREST.size()).isEqualTo(6);
    }

    @Test
    void replacingChangesOneAndNeedsItToBeThere() {
        SnapshotTree changed = FOREST.replace(snapshot("c", "a", 3).unavailable(Snapshot.Reason.MISSING));

        assertThat(changed.find(SnapshotId.of("c")).orElseThrow().status()).isEqualTo(Snapshot.Status.UNAVAILABLE);
        assertThat(changed.size()).isEqualTo(6);
        assertThatIllegalArgumentException().isThrownBy(() -> FOREST.replace(snapshot("g", null, 7)));
    }

    @Test
    void pruningMovesChildrenUpToTheNearestAncestorThatStays() {
        SnapshotTree pruned = FOREST.prune(Set.of(SnapshotId.of("b"), SnapshotId.of("d")));

        assertThat(ids(pruned.snapshots())).containsExactly("a", "c", "e", "f");
        assertThat(pruned.find(SnapshotId.of("e")).orElseThrow().parent()).contains(SnapshotId.of("a"));
        assertThat(pruned.current()).contains(SnapshotId.of("e"));
    }

    @Test
    void pruningMovesTheMarkerUpToo() {
        assertThat(FOREST.prune(Set.of(SnapshotId.of("e"), SnapshotId.of("d"))).current())
                .contains(SnapshotId.of("b"));
        assertThat(tree("a", snapshot("a", null, 1))
                        .prune(Set.of(SnapshotId.of("a")))
                        .current())
                .isEmpty();
    }

    @Test
    void pruningARootMakesRootsOfItsChildren() {
        assertThat(ids(FOREST.prune(Set.of(SnapshotId.of("a"))).roots())).containsExactly("b", "c", "f");
    }

    @Test
    void pruningWhatIsNotThereChangesNothing() {
        assertThat(FOREST.prune(Set.of(SnapshotId.of("zzz")))).isEqualTo(FOREST);
        assertThat(FOREST.prune(Set.of())).isEqualTo(FOREST);
    }

    @Test
    void aTreeIsAValue() {
        SnapshotTree same = SnapshotTree.of(VM, FOREST.snapshots(), FOREST.current());

        assertThat(same).isEqualTo(FOREST).hasSameHashCodeAs(FOREST);
        assertThat(FOREST.moveCurrent(Optional.empty())).isNotEqualTo(FOREST);
        assertThatThrownBy(() -> FOREST.snapshots().remove(0)).isInstanceOf(UnsupportedOperationException.class);
        assertThat(FOREST).hasToString("SnapshotTree[vm-1, 6 snapshots, current e]");
        assertThat(SnapshotTree.empty(VM).isEmpty()).isTrue();
    }
}
