package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tests the disks that a configuration names by a storage pool. */
final class PoolDisksTest {
    private static final String XML = """
            <domain><name>n</name><devices>
            <disk type='volume' device='disk'><driver type='qcow2'/><source pool='p' volume='v' index='1'/><target dev='vda'/></disk>
            <disk type='file' device='disk'><source file='/f'/><target dev='vdb'/></disk>
            </devices></domain>
            """;

    private static DomainXml located(PoolDisks.Place place) {
        return PoolDisks.located(DomainXml.parse(XML), (pool, volume) -> {
            assertThat(pool + "/" + volume).isEqualTo("p/v");
            return place;
        });
    }

    private static Disk vda(DomainXml domain) {
        return domain.disks().get(0);
    }

    @Test
    void aFileOfAPoolIsAFile() {
        Disk disk = vda(located(PoolDisks.Place.at("file", "/pool/v")));

        assertThat(disk.type()).isEqualTo(SourceType.FILE);
        assertThat(disk.source()).contains("/pool/v");
        assertThat(disk.format()).contains("qcow2");
    }

    @Test
    void aDeviceOfAPoolIsADevice() {
        Disk disk = vda(located(PoolDisks.Place.at("block", "/dev/vg/v")));

        assertThat(disk.type()).isEqualTo(SourceType.BLOCK);
        assertThat(disk.source()).contains("/dev/vg/v");
    }

    @Test
    void whyAVolumeIsNotKnownIsToldWithItsName() {
        DomainXml located = located(PoolDisks.Place.unknown("the pool sleeps"));

        assertThat(vda(located).type()).isEqualTo(SourceType.OTHER);
        assertThat(vda(located).source().orElseThrow())
                .startsWith("p/v: the pool sleeps")
                .contains("type='file'");
        assertThat(PoolDisks.unknown(located)).singleElement().asString().contains("disk vda", "the pool sleeps");
    }

    @Test
    void whatIsDefinedAgainStillNamesThePool() {
        DomainXml domain = DomainXml.parse(XML);
        PoolDisks.located(domain, (pool, volume) -> PoolDisks.Place.at("file", "/x"));

        assertThat(domain.text()).contains("type=\"volume\"").doesNotContain("/x");
    }

    @Test
    void noPoolIsAskedWithoutSuchADisk() {
        DomainXml plain =
                DomainXml.parse("<domain><devices><disk type='file'><source file='/f'/></disk></devices></domain>");

        assertThat(PoolDisks.located(plain, (pool, volume) -> {
                    throw new AssertionError("asked for " + pool);
                }))
                .isSameAs(plain);
    }

    @Test
    void aDiskOfAPoolThatIsMovedOrClonedBecomesAFile() {
        String moved = DiskSources.relocated(XML, Map.of("vda", "/new"));

        assertThat(DomainXml.parse(moved).disks())
                .extracting(Disk::type, Disk::source)
                .contains(org.assertj.core.groups.Tuple.tuple(SourceType.FILE, Optional.of("/new")));
        assertThat(moved).doesNotContain("pool=");
        String cloned = ClonedDomain.of(XML, "c", Map.of("vda", "/dev/vg/c", "vdb", "/g"));
        assertThat(DomainXml.parse(cloned).disks())
                .extracting(Disk::type)
                .isEqualTo(List.of(SourceType.BLOCK, SourceType.FILE));
    }

    @Test
    void aVolumeOfAnotherPoolIsAnotherPlace() {
        String now = XML.replace("pool='p'", "pool='q'");

        assertThat(DiskSources.of(XML, DomainXml.parse(now))).contains("pool=\"q\"");
        assertThat(DiskSources.of(XML, DomainXml.parse(XML.replace(" index='1'", ""))))
                .isEqualTo(XML);
    }
}
