package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import dev.vmsnap.Volume.Chain;
import dev.vmsnap.spi.ImageInfo;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BlockNodeTest {
    private static final Map<String, String> TWO = Map.of("vda", "virtio-disk0", "vdb", "virtio-disk1");

    private static Map<String, BlockNode> many() {
        return find(
                DomainXml.parse(Fixtures.text("live-many.xml")).aliases(),
                Fixtures.reply("query-block-7.2-many.json"),
                BlockGraph.of(Fixtures.reply("query-named-block-nodes-7.2-many.json"), Optional.empty()));
    }

    private static Map<String, BlockNode> find(Map<String, String> aliases, JsonElement queryBlock, BlockGraph graph) {
        Map<String, BlockNode> found = new LinkedHashMap<>();
        BlockNode.inserted(aliases, queryBlock).forEach((target, inserted) -> {
            if (graph.below(inserted) instanceof BlockGraph.Below.Image image) {
                found.put(target, BlockNode.of(target, inserted, image.node()));
            }
        });
        return found;
    }

    @Test
    void findsTheImageOfEachDisk() {
        JsonElement devices = Fixtures.reply("query-block-7.2.json");
        Map<String, BlockNode> nodes = find(TWO, devices, BlockGraph.NONE);

        assertThat(nodes.get("vda").name()).isEqualTo("libvirt-2-format");
        assertThat(nodes.get("vda").file()).isEqualTo("/vm/t1-vda.qcow2");
        assertThat(nodes.get("vdb").name()).isEqualTo("libvirt-1-format");
        ImageInfo image = nodes.get("vda").image();
        assertThat(image.virtualBytes()).isEqualTo(64L << 20);
        assertThat(image.allocatedBytes()).isEqualTo(471040);
        assertThat(image.clusterBytes()).isEqualTo(65536);
        assertThat(image.snapshots()).containsExactly(new ImageInfo.Entry("vmsnap-a", 0));
        assertThat(image.bitmaps()).isEmpty();
        assertThat(image.chain()).isEqualTo(Chain.NONE);
        assertThat(image.encrypted()).isFalse();
        assertThat(image.corrupt()).isFalse();
        assertThat(nodes.get("vda").holds("vmsnap-a")).isTrue();
        assertThat(nodes.get("vda").holds("vmsnap-b")).isFalse();
    }

    @Test
    void findsImagesOnEveryBusAndBelowFilters() {
        Map<String, BlockNode> nodes = many();

        assertThat(nodes).containsOnlyKeys("vda", "vdb", "sdb", "hdb");
        assertThat(nodes.get("vda").name()).isEqualTo("libvirt-CoR-vda");
        assertThat(nodes.get("vda").file()).isEqualTo("/vm/t2-vda.qcow2");
        assertThat(nodes.get("sdb").file()).isEqualTo("/vm/t2-sdb.qcow2");
        assertThat(nodes.get("hdb").file()).isEqualTo("/vm/t2-hdb.qcow2");
    }

    @Test
    void readsBitmapsAndWhatAnImageIsBasedOn() {
        Map<String, BlockNode> nodes = many();

        assertThat(nodes.get("vdb").image().bitmaps()).containsExactly("bm1");
        assertThat(nodes.get("vda").image().chain().layers())
                .extracting(Chain.Layer::path)
                .containsExactly("/vm/base.qcow2");
        assertThat(nodes.get("vda").extendedL2()).isTrue();
    }

    @Test
    void aRunningVmsImageTellsAsMuchAsOneThatIsOff() {
        ImageInfo image = find(
                        Map.of("x", "virtio-disk0"), Fixtures.reply("query-block-7.2-rich.json"), BlockGraph.NONE)
                .get("x")
                .image();

        assertThat(image.refcountBits()).isEqualTo(64);
        assertThat(image.dataFile()).contains("/vm/data.raw");
        assertThat(image.encrypted()).isFalse();
        assertThat(image.chain().layers())
                .containsExactly(
                        new Chain.Layer("/vm/middle.qcow2", "qcow2", 8 << 20, ""),
                        new Chain.Layer("/vm/base.raw", "raw", 4 << 20, ""));
        assertThat(find(Map.of("x", "virtio-disk1"), Fixtures.reply("query-block-7.2-rich.json"), BlockGraph.NONE)
                        .get("x")
                        .image()
                        .encrypted())
                .isTrue();
    }

    @Test
    void knowsWhereRamBegins() {
        Map<String, BlockNode> nodes = many();

        assertThat(nodes.get("vdb").ramOffset(nodes.get("vdb").image().virtualBytes()))
                .isEqualTo(512L << 20);
        assertThat(nodes.get("vda").tableCoverage()).isEqualTo(1L << 30);
    }

    @Test
    void anAnswerWithoutTheDeviceFindsNothing() {
        assertThat(find(Map.of("vda", "virtio-disk"), Fixtures.reply("query-block-7.2.json"), BlockGraph.NONE))
                .isEmpty();
    }
}
