package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DiskSourcesTest {
    private static final String THEN = Fixtures.text("live.xml");

    private static String source(String xml, String target) {
        return DomainXml.parse(xml).disks().stream()
                .filter(disk -> disk.target().equals(target))
                .flatMap(disk -> disk.source().stream())
                .findFirst()
                .orElseThrow();
    }

    private static String domain(String disks) {
        return "<domain><devices>" + disks + "</devices></domain>";
    }

    private static String disk(String type, String attribute, String source, String target) {
        return "<disk type='" + type + "' device='disk'><driver name='qemu' type='raw'/><source " + attribute + "='"
                + source + "'/><target dev='" + target + "' bus='virtio'/></disk>";
    }

    @Test
    void aConfigurationWhoseDisksAreWhereTheyWereStaysAsItIs() {
        assertThat(DiskSources.of(THEN, DomainXml.parse(THEN))).isEqualTo(THEN);
        assertThat(DiskSources.of(THEN, DomainXml.parse(domain("")))).isEqualTo(THEN);
    }

    @Test
    void aDiskThatWasMovedIsTakenFromWhereItIs() {
        String then = domain(disk("file", "file", "/a", "vda") + disk("block", "dev", "/dev/x/b", "vdb"));
        String now = domain(disk("block", "dev", "/dev/y/b", "vdb") + disk("block", "dev", "/dev/y/a", "vda"));

        String moved = DiskSources.of(then, DomainXml.parse(now));

        assertThat(source(moved, "vda")).isEqualTo("/dev/y/a");
        assertThat(source(moved, "vdb")).isEqualTo("/dev/y/b");
        assertThat(DomainXml.parse(moved).disks()).extracting(Disk::type).containsOnly(SourceType.BLOCK);
    }

    @Test
    void whatIsBelowAnImageThatWasMovedIsNotKnownAnyMore() {
        String then = domain("<disk type='file'><source file='/a'/><backingStore type='file'><source file='/base'/>"
                + "</backingStore><target dev='vda'/></disk>");

        String moved = DiskSources.of(then, DomainXml.parse(domain(disk("file", "file", "/b", "vda"))));

        assertThat(moved).contains("/b").doesNotContain("/base");
    }

    @Test
    void disksAreTakenElsewhereByTheirTargets() {
        String then = domain("<disk type='file'><source file='/a' index='1'/><backingStore type='file'><source "
                + "file='/base'/></backingStore><target dev='vda'/></disk>" + disk("block", "dev", "/dev/x/b", "vdb")
                + disk("file", "file", "/c", "vdc"));

        String moved = DiskSources.relocated(then, Map.of("vda", "/it's <a> & \"b\"", "vdb", "/dev/y/b", "vdx", "/x"));

        assertThat(source(moved, "vda")).isEqualTo("/it's <a> & \"b\"");
        assertThat(source(moved, "vdb")).isEqualTo("/dev/y/b");
        assertThat(source(moved, "vdc")).isEqualTo("/c");
        assertThat(moved).doesNotContain("/base", "/x\"");
        assertThat(DomainXml.parse(moved).disks())
                .extracting(Disk::type)
                .containsExactly(SourceType.FILE, SourceType.BLOCK, SourceType.FILE);
    }

    @Test
    void whereNothingMovesTheTextStaysAsItIs() {
        String then = domain(disk("file", "file", "/a", "vda"));

        assertThat(DiskSources.relocated(then, Map.of("vda", "/a", "vdx", "/x")))
                .isSameAs(then);
    }
}
