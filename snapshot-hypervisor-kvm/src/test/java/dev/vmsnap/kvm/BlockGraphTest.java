package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BlockGraphTest {
    private static final BlockGraph FILTERS = BlockGraph.of(
            Fixtures.reply("query-named-block-nodes-7.2-filters.json"),
            Optional.of(Fixtures.reply("block-graph-7.2-filters.json")));
    private static final BlockGraph WITHOUT_EDGES =
            BlockGraph.of(Fixtures.reply("query-named-block-nodes-7.2-filters.json"), Optional.empty());

    private static JsonObject device(String alias) {
        return BlockNode.inserted(Map.of("x", alias), Fixtures.reply("query-block-7.2-filters.json"))
                .get("x");
    }

    private static String file(BlockGraph graph, String alias) {
        assertThat(graph.below(device(alias))).isInstanceOf(BlockGraph.Below.Image.class);
        BlockGraph.Below.Image image = (BlockGraph.Below.Image) graph.below(device(alias));
        return BlockNode.of("x", device(alias), image.node()).file();
    }

    @ParameterizedTest
    @CsvSource({
        "virtio-disk0, throttle, /vm/d1.qcow2",
        "virtio-disk1, blkdebug, /vm/d2.qcow2",
        "virtio-disk2, copy-before-write, /vm/d3.qcow2",
        "virtio-disk4, compress, /vm/d6.qcow2",
        "virtio-disk5, qcow2, /vm/d7.qcow2"
    })
    void findsTheImageBelowAnyDriver(String alias, String driver, String file) {
        assertThat(device(alias).get("drv").getAsString()).isEqualTo(driver);

        assertThat(file(FILTERS, alias)).isEqualTo(file);
    }

    @Test
    void anImageIsNotTakenForTheTargetOfItsBackup() {
        BlockGraph graph = BlockGraph.of(
                Fixtures.reply("query-named-block-nodes-7.2-backup.json"),
                Optional.of(Fixtures.reply("block-graph-7.2-backup.json")));
        JsonObject inserted = BlockNode.inserted(
                        Map.of("vdb", "virtio-disk1"), Fixtures.reply("query-block-7.2-backup.json"))
                .get("vdb");

        BlockGraph.Below below = graph.below(inserted);

        assertThat(below).isInstanceOfSatisfying(BlockGraph.Below.Image.class, image -> assertThat(
                        image.node().get("node-name").getAsString())
                .isEqualTo("libvirt-1-format"));
    }

    @Test
    void aDriverOverSeveralImagesHidesThemAndIsNamed() {
        assertThat(FILTERS.below(device("virtio-disk3"))).isEqualTo(new BlockGraph.Below.Unclear("quorum"));
        assertThat(WITHOUT_EDGES.below(device("virtio-disk3"))).isEqualTo(new BlockGraph.Below.Unclear("quorum"));
    }

    @Test
    void aNodeThatTheGraphDoesNotHaveHidesItsImage() {
        JsonObject gone = device("virtio-disk6").deepCopy();
        gone.addProperty("node-name", "of-a-job-that-ended");

        assertThat(FILTERS.below(gone)).isEqualTo(new BlockGraph.Below.Unclear("raw"));
    }

    @Test
    void aRawDiskHoldsNothing() {
        assertThat(FILTERS.below(device("virtio-disk6"))).isEqualTo(new BlockGraph.Below.Nothing());
        assertThat(WITHOUT_EDGES.below(device("virtio-disk6"))).isEqualTo(new BlockGraph.Below.Nothing());
    }

    @ParameterizedTest
    @CsvSource({"virtio-disk0, /vm/d1.qcow2", "virtio-disk2, /vm/d3.qcow2", "virtio-disk4, /vm/d6.qcow2"})
    void withoutTheGraphTheFileAtTheBottomTells(String alias, String file) {
        assertThat(file(WITHOUT_EDGES, alias)).isEqualTo(file);
    }

    @Test
    void aDriverWithoutAWordOfItsFileIsNamedWhereThereIsNoGraph() {
        assertThat(WITHOUT_EDGES.below(device("virtio-disk1"))).isEqualTo(new BlockGraph.Below.Unclear("blkdebug"));
    }
}
