package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vmsnap.DriverException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class XmlTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!DOCTYPE d [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><d>&e;</d>",
                "<!DOCTYPE d SYSTEM 'file:///etc/hostname'><d/>",
                "<!DOCTYPE d><d/>",
                "<d>&xxe;</d>",
                "<d>",
                ""
            })
    void refusesDocumentTypesEntitiesAndHalfDocuments(String text) {
        assertThatThrownBy(() -> Xml.parse(text)).isInstanceOf(DriverException.class);
    }

    @Test
    void printsNothingAboutABrokenDocument() {
        PrintStream before = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertThatThrownBy(() -> Xml.parse("<a><b></a>")).isInstanceOf(DriverException.class);
        } finally {
            System.setErr(before);
        }
        assertThat(printed.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void keepsNamespacesLettersAndLineEndsOfMetadata() {
        String xml =
                "<domain><metadata><o:x xmlns:o=\"urn:o\" a=\"1 &lt;&#10;2\">\u4e2d\ud83d\ude00 ]]&gt;</o:x></metadata></domain>";

        assertThat(Xml.parse(Xml.write(Xml.parse(xml))).isEqualNode(Xml.parse(xml)))
                .isTrue();
        assertThat(Xml.parse(Xml.write(Xml.parse(xml))).getDocumentElement().getTextContent())
                .isEqualTo("\u4e2d\ud83d\ude00 ]]>");
    }
}
