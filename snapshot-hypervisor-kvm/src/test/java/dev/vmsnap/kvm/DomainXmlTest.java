package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.spi.VmDescription.Device;
import dev.vmsnap.spi.VmDescription.Disk;
import dev.vmsnap.spi.VmDescription.SourceType;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DomainXmlTest {
    private static DomainXml devices(String devices) {
        return DomainXml.parse("<domain><name>n</name><devices>" + devices + "</devices></domain>");
    }

    private static DomainXml domain(String parts) {
        return DomainXml.parse("<domain><name>n</name>" + parts + "</domain>");
    }

    @Test
    void readsARealDomain() {
        DomainXml xml = DomainXml.parse(Fixtures.text("live-many.xml"));

        assertThat(xml.name()).isEqualTo("t2");
        assertThat(xml.memoryBytes()).isEqualTo(64L << 20);
        assertThat(xml.aliases())
                .containsEntry("vda", "virtio-disk0")
                .containsEntry("sdb", "scsi0-0-0-1")
                .containsEntry("hdc", "ide0-1-0");
        assertThat(xml.disks())
                .extracting(Disk::target, Disk::device, disk -> disk.is(Disk.Flag.READ_ONLY))
                .contains(
                        org.assertj.core.groups.Tuple.tuple("vda", Device.DISK, false),
                        org.assertj.core.groups.Tuple.tuple("sda", Device.DISK, true),
                        org.assertj.core.groups.Tuple.tuple("hdc", Device.CDROM, true));
        assertThat(RamObstacles.of(xml)).singleElement().asString().contains("vda copies on read");
    }

    @Test
    void tellsWhereEachKindOfDiskHasItsData() {
        List<Disk> disks = devices("""
                        <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a b&amp;c.qcow2'/><target dev='vda'/></disk>
                        <disk type='block' device='lun'><source dev='/dev/sdx'/><target dev='sda'/><shareable/></disk>
                        <disk type='network' device='disk'><source protocol='rbd' name='pool/image'><host name='h'/></source><target dev='vdb'/></disk>
                        <disk type='network' device='disk'><source protocol='nbd' name='x'/><target dev='vdc'/></disk>
                        <disk type='volume' device='disk'><driver type='qcow2'/><source pool='p' volume='v'/><target dev='vdd'/><transient/></disk>
                        <disk type='file' device='cdrom'><target dev='hda'/><readonly/></disk>
                        <disk type='file' device='floppy'><source file='/f'/><target dev='fda'/></disk>
                        <disk type='file'><source file='/raw'/><target dev='vde'/></disk>
                        """).disks();

        assertThat(disks)
                .allMatch(disk -> disk.is(Disk.Flag.PAGE_CACHED))
                .extracting(DomainXmlTest::ofAnyCache)
                .containsExactly(
                        new Disk(
                                "vda", Device.DISK, SourceType.FILE, Optional.of("/a b&c.qcow2"), Optional.of("qcow2")),
                        new Disk(
                                "sda",
                                Device.LUN,
                                SourceType.BLOCK,
                                Optional.of("/dev/sdx"),
                                Optional.empty(),
                                Disk.Flag.SHAREABLE),
                        new Disk("vdb", Device.DISK, SourceType.RBD, Optional.of("rbd:pool/image"), Optional.empty()),
                        new Disk("vdc", Device.DISK, SourceType.NETWORK, Optional.of("nbd:x"), Optional.empty()),
                        new Disk(
                                "vdd",
                                Device.DISK,
                                SourceType.OTHER,
                                Optional.of("p/v"),
                                Optional.of("qcow2"),
                                Disk.Flag.TRANSIENT),
                        new Disk(
                                "hda",
                                Device.CDROM,
                                SourceType.FILE,
                                Optional.empty(),
                                Optional.empty(),
                                Disk.Flag.READ_ONLY),
                        new Disk("fda", Device.FLOPPY, SourceType.FILE, Optional.of("/f"), Optional.empty()),
                        new Disk("vde", Device.DISK, SourceType.FILE, Optional.of("/raw"), Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({"cache='none',false", "cache='directsync',false", "cache='writethrough',true", "'',true"})
    void tellsWhetherADiskGoesThroughThePageCache(String mode, boolean cached) {
        assertThat(devices("<disk type='file'><driver name='qemu' " + mode + "/><source file='/d'/>"
                                + "<target dev='vda'/></disk>")
                        .disks())
                .extracting(disk -> disk.is(Disk.Flag.PAGE_CACHED))
                .containsExactly(cached);
    }

    @ParameterizedTest
    @CsvSource({"KiB,1024,1048576", "MiB,3,3145728", "GB,2,2000000000", "bytes,7,7"})
    void readsMemoryInEveryUnit(String unit, long value, long bytes) {
        assertThat(domain("<memory unit='" + unit + "'>" + value + "</memory>").memoryBytes())
                .isEqualTo(bytes);
    }

    @Test
    void aCutIsAtomicUnlessThreadsServeSeveralDisks() {
        String plain = "<disk type='file' device='disk'><target dev='vda'/></disk>";
        String threaded = "<disk type='file' device='disk'><driver iothread='1'/><target dev='vdb'/></disk>";
        String queues =
                "<disk type='file' device='disk'><driver><iothreads><iothread id='1'/></iothreads></driver><target dev='vdc'/></disk>";
        String controller = "<controller type='scsi'><driver iothread='1'/></controller>";

        assertThat(devices(plain + plain).atomicCut()).isTrue();
        assertThat(devices(threaded).atomicCut()).isTrue();
        assertThat(devices(plain + threaded).atomicCut()).isFalse();
        assertThat(devices(plain + queues).atomicCut()).isFalse();
        assertThat(devices(plain + plain + controller).atomicCut()).isFalse();
    }

    @Test
    void seesTheAgentOnlyWhenItIsConnected() {
        String channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'%s/></channel>";

        assertThat(devices(channel.formatted(" state='connected'")).agentConnected())
                .isTrue();
        assertThat(devices(channel.formatted(" state='disconnected'")).agentConnected())
                .isFalse();
        assertThat(devices(channel.formatted("")).agentConnected()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<hostdev mode='subsystem' type='pci'/>",
                "<hostdev mode='subsystem' type='mdev'/>",
                "<filesystem><driver type='virtiofs'/></filesystem>",
                "<interface type='vhostuser'/>",
                "<interface type='vdpa'/>",
                "<disk type='vhostuser' device='disk'><target dev='vda'/></disk>",
                "<shmem name='s'><model type='ivshmem-plain'/></shmem>",
                "<shmem name='s' role='master'><model type='ivshmem-doorbell'/></shmem>",
                "<memory model='virtio-pmem'/>",
                "<memory model='nvdimm'/>",
                "<tpm><backend type='passthrough'/></tpm>"
            })
    void namesWhatKeepsRamFromBeingSaved(String device) {
        assertThat(RamObstacles.of(devices(device))).hasSize(1);
    }

    @Test
    void ordinaryDevicesKeepNothingFromBeingSaved() {
        assertThat(RamObstacles.of(devices("""
                                <hostdev mode='subsystem' type='usb'/><interface type='network'/>
                                <shmem name='s' role='master'><model type='ivshmem-plain'/></shmem>
                                <tpm><backend type='emulator'/></tpm><memory model='dimm'/>
                                <disk type='file'><driver type='qcow2' copy_on_read='off'/><target dev='vda'/></disk>
                                """))).isEmpty();
        assertThat(RamObstacles.of(domain("<cpu><feature policy='require' name='invtsc'/></cpu>")))
                .hasSize(1);
    }

    @Test
    void tellsHowADiskIsMarked() {
        List<Disk> disks = devices("""
                        <disk type='file' snapshot='no'><driver cache='none'/><source file='/a'/><target dev='vda'/></disk>
                        <disk type='file' snapshot='external'><driver cache='none' copy_on_read='on'/><source file='/b'/><target dev='vdb'/></disk>
                        """).disks();

        assertThat(disks.get(0).flags()).containsExactly(Disk.Flag.NO_SNAPSHOT);
        assertThat(disks.get(1).flags()).containsExactly(Disk.Flag.COPY_ON_READ);
    }

    @ParameterizedTest
    @ValueSource(strings = {"debian12", "rhel9", "win10", "win11"})
    void readsDomainsAsVirtInstallWritesThem(String name) {
        DomainXml xml = DomainXml.parse(Fixtures.text("domains/" + name + ".xml"));

        assertThat(RamObstacles.of(xml)).isEmpty();
        assertThat(MachineParts.of(xml).obstacles()).isEmpty();
        assertThat(xml.disks().get(0).type()).isEqualTo(SourceType.FILE);
        assertThat(xml.atomicCut()).isTrue();
        assertThat(xml.hasGenerationId()).isEqualTo(!name.equals("debian12"));
        assertThat(xml.hasTpm()).isEqualTo(name.equals("rhel9") || name.equals("win11"));
    }

    @Test
    void aDiskThatCopiesOnReadKeepsRamFromBeingSaved() {
        String disk = "<disk type='file'><driver type='qcow2' copy_on_read='on'/><target dev='vda'/></disk>";

        assertThat(RamObstacles.of(devices(disk))).singleElement().asString().contains("copy_on_read");
    }

    @Test
    void takesOverOnlyTheNamesOfTheOther() {
        DomainXml old = domain("<title>t</title><memory unit='KiB'>1</memory>");
        DomainXml present = DomainXml.parse(
                "<domain><name>&lt;new&gt; ]]&gt; \u4e2d</name><description>d &amp; d</description><memory>2</memory></domain>");

        DomainXml named = DomainXml.parse(RestoredDomain.named(old, present));

        assertThat(named.name()).isEqualTo("<new> ]]> \u4e2d");
        assertThat(Xml.textAt(named.root(), "description")).contains("d & d");
        assertThat(Xml.textAt(named.root(), "title")).isEmpty();
        assertThat(named.memoryBytes()).isEqualTo(1024);
        assertThat(old.name()).isEqualTo("n");
    }

    private static Disk ofAnyCache(Disk disk) {
        Set<Disk.Flag> flags = EnumSet.noneOf(Disk.Flag.class);
        flags.addAll(disk.flags());
        flags.remove(Disk.Flag.PAGE_CACHED);
        return new Disk(disk.target(), disk.device(), disk.type(), disk.source(), disk.format(), flags);
    }

    @Test
    void theLayersThatADiskStatesAreInTheirOrder() {
        DomainXml domain = DomainXml.parse("""
                <domain><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/>
                <source file='/a'/><target dev='vda'/>
                <backingStore type='file'><format type='qcow2'/><source file='/base'/>
                <backingStore type='network'><source protocol='nbd' name='x'/><backingStore/></backingStore>
                </backingStore></disk>
                <disk type='file' device='disk'><source file='/b'/><target dev='vdb'/></disk></devices></domain>
                """);

        assertThat(domain.disks().get(0).layers()).containsExactly("/base", "nbd:x");
        assertThat(domain.disks().get(1).layers()).isEmpty();
    }

    @Test
    void theAccountIsThatOfTheDacLabel() {
        assertThat(DomainXml.parse("<domain><seclabel type='dynamic' model='apparmor'><label>x</label></seclabel>"
                                + "<seclabel type='dynamic' model='dac'><label>+107:+108</label></seclabel></domain>")
                        .account())
                .contains("+107:+108");
        assertThat(DomainXml.parse("<domain><seclabel type='none' model='dac'/></domain>")
                        .account())
                .isEmpty();
        assertThat(DomainXml.parse("<domain/>").account()).isEmpty();
    }
}
