package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RAM that was saved with a device that libvirt does not know cannot be loaded, so such a device is named. */
final class ForeignDevicesTest {
    private static final String PCI = """
            [{"bus": 0, "devices": [
                {"qdev_id": ""},
                {"qdev_id": "virtio-disk0"},
                {"qdev_id": "pci.1", "pci_bridge": {"devices": [{"qdev_id": "net0"}, {"qdev_id": "%s"}]}}
            ]}]
            """;

    @ParameterizedTest
    @CsvSource({"live.xml, query-block-7.2.json", "live-many.xml, query-block-7.2-many.json"})
    void drivesThatLibvirtHasAddedAreNotNamed(String xml, String drives) {
        DomainXml live = DomainXml.parse(Fixtures.text(xml));

        assertThat(live.deviceAliases()).isNotEmpty();
        assertThat(found(live, Fixtures.text(drives), "[]")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/machine/peripheral/virtio-disk0/virtio-backend",
                "virtio-disk0",
                "/machine/system.flash0",
                "/machine/unattached/device[21]"
            })
    void aDriveOfADeviceWithAnAliasOrOfTheMachineIsKnown(String qdev) {
        assertThat(found(domain(""), drive(qdev), "[]")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "/machine/peripheral/xx0/virtio-backend, xx0",
        "xx0, xx0",
        "/machine/peripheral-anon/device[0]/virtio-backend, device[0]"
    })
    void aDriveOfAnotherDeviceIsNamed(String qdev, String name) {
        assertThat(found(domain(""), drive(qdev), "[]"))
                .containsExactly("QEMU has a drive that libvirt does not know (" + name + ")");
    }

    @Test
    void aDeviceBehindABridgeIsNamedOnce() {
        assertThat(found(domain(""), "[]", PCI.formatted("xx0")))
                .containsExactly("QEMU has a device that libvirt does not know (xx0)");
        assertThat(found(domain(""), drive("xx0"), PCI.formatted("xx0"))).hasSize(1);
        assertThat(found(domain(""), "[]", PCI.formatted("net0"))).isEmpty();
    }

    @Test
    void argumentsThatAreHandedThroughComeBackAtAStart() {
        String through =
                "<qemu:commandline><qemu:arg value='-device'/><qemu:arg value='virtio-blk-pci,id=xx0,drive=d'/>"
                        + "<qemu:arg value='{\"driver\":\"e1000\",\"id\":\"xx1\"}'/></qemu:commandline>";

        assertThat(found(domain(through), drive("xx0"), PCI.formatted("xx1"))).isEmpty();
        assertThat(found(domain(through), drive("/machine/peripheral-anon/device[0]/virtio-backend"), "[]"))
                .isEmpty();
        assertThat(found(domain(through), drive("d"), PCI.formatted("xx2"))).hasSize(2);
    }

    @Test
    void anAnswerThatIsNoListNamesNothing() {
        assertThat(found(domain(""), "{}", "{}")).isEmpty();
    }

    private static DomainXml domain(String more) {
        return DomainXml.parse("<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>t</name><devices>"
                + "<disk type='file' device='disk'><target dev='vda'/><alias name='virtio-disk0'/></disk>"
                + "<controller type='pci'><alias name='pci.1'/></controller>"
                + "<interface type='user'><alias name='net0'/></interface></devices>" + more + "</domain>");
    }

    private static String drive(String qdev) {
        return "[{\"device\": \"\", \"qdev\": \"" + qdev + "\"}, {\"device\": \"not-attached\"}]";
    }

    private static List<String> found(DomainXml domain, String drives, String buses) {
        return ForeignDevices.of(domain, json(drives), json(buses));
    }

    private static JsonElement json(String text) {
        JsonElement parsed = JsonParser.parseString(text);
        return parsed.isJsonObject() && parsed.getAsJsonObject().has("return")
                ? parsed.getAsJsonObject().get("return")
                : parsed;
    }
}
