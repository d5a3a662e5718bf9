package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DifferencesTest {
    private static final String DISK_A =
            "<disk type='file'><driver type='qcow2'/><source file='/a'/><target dev='vda' bus='virtio'/></disk>";
    private static final String DISK_B =
            "<disk type='file'><driver type='qcow2'/><source file='/b'/><target dev='vdb' bus='virtio'/></disk>";

    private static String domain(String parts, String devices) {
        return "<domain type='kvm'><name>n</name><uuid>u</uuid>" + parts + "<devices>" + devices
                + "</devices></domain>";
    }

    @Test
    void aRealConfigurationDoesNotDifferFromItself() {
        String xml = Fixtures.text("live-many.xml");

        assertThat(Differences.between(xml, xml)).isEmpty();
    }

    @Test
    void orderNamesAndNotesDoNotCount() {
        String then =
                domain("<title>a</title><genid>1</genid><memory unit='KiB'>1</memory><vcpu>1</vcpu>", DISK_A + DISK_B);
        String now = "<domain type='kvm'><devices>" + DISK_B + " \n " + DISK_A
                + "</devices><vcpu>1</vcpu><memory unit='KiB'>1</memory><metadata><x/></metadata><genid>2</genid><name>other</name><description>b</description><uuid>u</uuid></domain>";

        assertThat(Differences.between(then, now)).isEmpty();
    }

    @Test
    void whatLibvirtWritesByItselfDoesNotCount() {
        String then = domain(
                "<clock offset='variable' adjustment='0'/><os firmware='efi'><type>hvm</type></os>", DISK_A + "<tpm/>");
        String now = domain(
                "<clock offset='variable' adjustment='3600'/><resource><partition>/machine</partition></resource>"
                        + "<os firmware='efi'><type>hvm</type><loader type='pflash'>/f</loader><nvram template='/t'>/v</nvram></os>"
                        + "<seclabel type='dynamic' model='dac' relabel='yes'><label>+0:+0</label></seclabel>",
                DISK_A.replace("file='/a'", "file='/a' index='1'")
                                .replace("</disk>", "<backingStore/><alias name='virtio-disk0'/></disk>")
                        + "<tpm/>");

        assertThat(Differences.between(then, now)).isEmpty();
        assertThat(Differences.between(now, then)).isEmpty();
    }

    @Test
    void whatLibvirtWritesWhenItGoesBackToRamDoesNotCount() {
        String then = domain(
                "<cpu mode='custom' match='exact' check='partial'><model fallback='allow'>qemu64</model></cpu>",
                DISK_A
                        + "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='a'/></interface>"
                        + "<channel type='unix'><target type='virtio' name='agent'/></channel>");
        String now = domain(
                "<cpu mode='custom' match='exact' check='full'><model fallback='forbid'>qemu64</model></cpu>"
                        + "<resource><partition>/machine</partition></resource>",
                DISK_A.replace("</disk>", "<backingStore/></disk>")
                        + "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='a' portid='1-2'/></interface>"
                        + "<channel type='unix'><target type='virtio' name='agent' state='connected'/></channel>");

        assertThat(Differences.between(then, now)).isEmpty();
        assertThat(Differences.between(now, then)).isEmpty();
        assertThat(Differences.between(then, now.replace("qemu64", "EPYC")))
                .containsExactly("cpu model: qemu64 -> EPYC");
    }

    @Test
    void whatPeopleChoseOfAliasesLabelsAndFirmwareCounts() {
        String then = domain("<os><type>hvm</type><loader>/a</loader></os>", DISK_A);
        String now = domain(
                "<os><type>hvm</type><loader>/b</loader></os><seclabel type='none' model='dac'/>",
                DISK_A.replace("</disk>", "<alias name='ua-data'/></disk>"));

        assertThat(Differences.between(then, now))
                .containsExactlyInAnyOrder(
                        "os loader: /a -> /b", "seclabel: added", "disk vda alias name: none -> ua-data");
    }

    @Test
    void tellsWhatWasChangedAddedAndRemoved() {
        String then = domain("<memory unit='KiB'>32768</memory><vcpu>1</vcpu>", DISK_A + DISK_B);
        String now = domain(
                "<memory unit='KiB'>65536</memory><vcpu>1</vcpu><iothreads>2</iothreads>",
                DISK_A.replace("/a", "/other") + DISK_B.replace("vdb", "vdc"));

        assertThat(Differences.between(then, now))
                .containsExactlyInAnyOrder(
                        "memory: 32768 KiB -> 65536 KiB",
                        "iothreads: none -> 2",
                        "disk vda source file: /a -> /other",
                        "disk vdb: removed",
                        "disk vdc: added");
    }

    @Test
    void tellsApartDevicesOfOneKindByWhatTheyAre() {
        String one = "<interface type='network'><mac address='52:54:00:00:00:01'/><source network='a'/></interface>";
        String two = "<interface type='network'><mac address='52:54:00:00:00:02'/><source network='a'/></interface>";

        assertThat(Differences.between(
                        domain("", one + two), domain("", two.replace("network='a'", "network='b'") + one)))
                .containsExactly("interface 52:54:00:00:00:02 source network: a -> b");
    }

    @Test
    void tellsFlagsThatAreElements() {
        assertThat(Differences.between(
                        domain("<features><acpi/></features>", DISK_A),
                        domain("<features><acpi/><apic/></features>", DISK_A.replace("</disk>", "<readonly/></disk>"))))
                .containsExactlyInAnyOrder("features apic: none -> present", "disk vda readonly: none -> present");
    }

    @Test
    void neverShowsASecret() {
        String graphics = "<graphics type='vnc' passwd='hunter2' port='-1'/>";
        String arguments = "<qemu:commandline xmlns:qemu='urn:q'><qemu:arg value='secret1'/></qemu:commandline>";
        String disk = DISK_A.replace("<target", "<auth username='u1'><secret uuid='s1'/></auth><target");

        var phrases = Differences.between(
                domain(arguments, graphics + disk),
                domain(
                        arguments.replace("secret1", "secret2"),
                        graphics.replace("hunter2", "other9")
                                + disk.replace("s1", "s2").replace("u1", "u2")));

        assertThat(phrases).hasSizeGreaterThanOrEqualTo(3).allMatch(phrase -> phrase.endsWith(": changed"));
        assertThat(String.join(" ", phrases)).doesNotContain("hunter2", "other9", "secret1", "secret2");
    }

    @Test
    void aSecretThatIsNewIsNotShownEither() {
        String graphics = "<graphics type='vnc' passwd='hunter2'/>";

        assertThat(Differences.between(domain("", ""), domain("", graphics))).containsExactly("graphics vnc: added");
        assertThat(Differences.between(domain("", "<graphics type='vnc'/>"), domain("", graphics)))
                .containsExactly("graphics vnc passwd: changed");
    }
}
