package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;

final class SnapshotXmlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "q\"x'y",
                "]]></name><domain/>",
                "&xxe;",
                "<!DOCTYPE x>",
                "$(reboot);--help ../../x",
                "\u4e2d\ud83d\ude00"
            })
    void anyNameStaysAName(String name) {
        Element root =
                Xml.parse(SnapshotXml.ramOnly(name, name, List.of("vda", name))).getDocumentElement();

        assertThat(Xml.at(root, "name").orElseThrow().getTextContent()).isEqualTo(name);
        assertThat(Xml.attribute(root, "memory", "file")).contains(name);
        assertThat(Xml.elements(root)).extracting(Element::getTagName).containsExactly("name", "memory", "disks");
        assertThat(Xml.children(Xml.at(root, "disks").orElseThrow(), "disk"))
                .extracting(disk -> disk.getAttribute("name"))
                .containsExactly("vda", name);
    }

    @Test
    void aSnapshotOfTheRamAloneNamesEveryDiskSoThatNoneIsTouched() {
        Element root = Xml.parse(SnapshotXml.ramOnly("n", "/dev/<x>&'y'", List.of("vda", "sdb")))
                .getDocumentElement();

        assertThat(Xml.elements(root)).extracting(Element::getTagName).containsExactly("name", "memory", "disks");
        assertThat(Xml.attribute(root, "memory", "snapshot")).contains("external");
        assertThat(Xml.attribute(root, "memory", "file")).contains("/dev/<x>&'y'");
        assertThat(Xml.children(Xml.at(root, "disks").orElseThrow(), "disk"))
                .extracting(disk -> disk.getAttribute("name"), disk -> disk.getAttribute("snapshot"))
                .containsExactly(Tuple.tuple("vda", "no"), Tuple.tuple("sdb", "no"));
    }
}
