package dev.vmsnap.lab.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.SAXException;

final class TickerGuestTest {
    private static final TickerGuest GUEST = TickerGuest.in(Path.of("/lab"), "guest", 3);

    @Test
    void theDomainHoldsEveryDiskInOrder() throws Exception {
        Document domain = parsed(GUEST);

        assertThat(text(domain, "count(//disk)")).isEqualTo("3");
        assertThat(text(domain, "//disk[1]/source/@file")).isEqualTo("/lab/guest-vda.qcow2");
        assertThat(text(domain, "//disk[3]/source/@file")).isEqualTo("/lab/guest-vdc.qcow2");
        assertThat(text(domain, "//disk[3]/target/@dev")).isEqualTo("vdc");
        assertThat(text(domain, "//disk[3]/boot/@order")).isEqualTo("3");
    }

    @Test
    void aDiskBelowDevIsADevice() throws Exception {
        Document domain =
                parsed(GUEST.withDisks(List.of(new GuestDisk(Path.of("/dev/vg/lv"), GuestDisk.Format.RAW, 8))));

        assertThat(text(domain, "//disk/@type")).isEqualTo("block");
        assertThat(text(domain, "//disk/source/@dev")).isEqualTo("/dev/vg/lv");
    }

    @Test
    void disksOnAnotherMachineAreMadeByCommandsThere() throws Exception {
        List<String> done = new ArrayList<>();
        GuestFiles there = new GuestFiles() {
            @Override
            public String run(List<String> command) {
                done.add(String.join(" ", command));
                return "";
            }

            @Override
            public void write(Path file, byte[] content) {
                done.add(content.length + " bytes to " + file);
            }
        };
        GuestDisk device = new GuestDisk(Path.of("/dev/vg/lv"), GuestDisk.Format.RAW, 8);
        GuestDisk file = new GuestDisk(Path.of("/lab/x.qcow2"), GuestDisk.Format.QCOW2, 8);

        GUEST.withDisks(List.of(device, file)).createDisks(there);

        assertThat(done)
                .containsExactly(
                        "512 bytes to /lab/guest.boot",
                        "dd if=/dev/zero of=/dev/vg/lv bs=4096 count=1 conv=notrunc,fsync",
                        "dd if=/lab/guest.boot of=/dev/vg/lv conv=notrunc,fsync",
                        "rm -f /lab/x.qcow2",
                        "qemu-img create -q -f qcow2 /lab/x.qcow2 8M",
                        "rm -f /lab/guest.boot");
    }

    @Test
    void namesAndPathsAreNotMarkup() throws Exception {
        String name = "a<b>&'\"]]>";
        Document domain = parsed(TickerGuest.in(Path.of("/lab"), name, 1));

        assertThat(text(domain, "/domain/name")).isEqualTo(name);
        assertThat(text(domain, "//disk/source/@file")).isEqualTo("/lab/" + name + "-vda.qcow2");
        assertThat(text(domain, "//serial/source/@path")).isEqualTo("/lab/" + name + ".log");
    }

    @Test
    void moreDevicesAreDevices() throws Exception {
        TickerGuest guest = GUEST.withMoreDevices("<disk type='file' device='cdrom'><target dev='sda'/></disk>");

        assertThat(text(parsed(guest), "/domain/devices/disk[@device='cdrom']/target/@dev"))
                .isEqualTo("sda");
    }

    @Test
    void formatAndMemoryAreWhatWasAsked() throws Exception {
        TickerGuest guest = GUEST.withMemory(256, 200)
                .withDisks(List.of(new GuestDisk(Path.of("/lab/disk.img"), GuestDisk.Format.RAW, 8)));

        assertThat(text(parsed(guest), "//disk/driver/@type")).isEqualTo("raw");
        assertThat(text(parsed(guest), "/domain/memory")).isEqualTo("256");
    }

    @Test
    void whatCannotRunIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> TickerGuest.in(Path.of("/lab"), "guest", 0));
        assertThatIllegalArgumentException().isThrownBy(() -> TickerGuest.in(Path.of("/lab"), "guest", 4));
        assertThatIllegalArgumentException().isThrownBy(() -> TickerGuest.in(Path.of("/lab"), "a/b", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> GUEST.withMemory(8, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> GUEST.withMemory(64, 61));
        assertThatIllegalArgumentException().isThrownBy(() -> GUEST.withMemory(4096, 3069));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GuestDisk(Path.of("disk.img"), GuestDisk.Format.RAW, 8));
    }

    private static Document parsed(TickerGuest guest) throws ParserConfigurationException, IOException, SAXException {
        byte[] xml = guest.domainXml().getBytes(StandardCharsets.UTF_8);
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new ByteArrayInputStream(xml));
    }

    private static String text(Document document, String path) throws XPathExpressionException {
        return XPathFactory.newInstance().newXPath().evaluate(path, document);
    }
}
