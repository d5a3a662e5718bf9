package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vmsnap.PowerState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LoadMarkTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "<domain><name>n</name></domain>",
                "<domain><metadata/></domain>",
                "<domain><metadata><a:b xmlns:a='urn:a'>c</a:b></metadata></domain>"
            })
    void theMarkIsPutOnOnceAndTakenOff(String xml) {
        String marked = LoadMark.on(xml, PowerState.RUNNING);

        assertThat(LoadMark.isOn(DomainXml.parse(xml))).isFalse();
        assertThat(LoadMark.isOn(DomainXml.parse(marked))).isTrue();
        assertThat(LoadMark.on(marked, PowerState.RUNNING)).isEqualTo(marked);
        assertThat(LoadMark.isOn(DomainXml.parse(LoadMark.off(marked)))).isFalse();
        assertThat(LoadMark.off(marked).contains("urn:a")).isEqualTo(xml.contains("urn:a"));
        assertThat(LoadMark.off(xml)).isEqualTo(xml);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<x:ram xmlns:x='urn:vmsnap:loading'/>",
                "<ram xmlns='urn:vmsnap:loading'/>",
                "<a:b xmlns:a='urn:a'/><vmsnap-loading:ram xmlns:vmsnap-loading=\"urn:vmsnap:loading\"/>"
            })
    void theMarkIsKnownByItsNamespaceWhateverLibvirtCallsIt(String metadata) {
        String xml = "<domain><metadata>" + metadata + "</metadata></domain>";

        assertThat(LoadMark.isOn(DomainXml.parse(xml))).isTrue();
        assertThat(LoadMark.off(xml)).doesNotContain(LoadMark.NAMESPACE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"<a:ram xmlns:a='urn:vmsnap:loading:not'/>", "<ram/>", "<note>urn:vmsnap:loading</note>"})
    void whatOnlyLooksLikeItIsNotTheMark(String metadata) {
        assertThat(LoadMark.isOn(DomainXml.parse("<domain><metadata>" + metadata + "</metadata></domain>")))
                .isFalse();
    }

    @Test
    void theMarkTellsWhetherTheGuestShallRun() {
        assertThat(LoadMark.runsLater(DomainXml.parse(LoadMark.on("<domain/>", PowerState.RUNNING))))
                .isTrue();
        assertThat(LoadMark.runsLater(DomainXml.parse(LoadMark.on("<domain/>", PowerState.PAUSED))))
                .isFalse();
        assertThat(LoadMark.runsLater(DomainXml.parse("<domain/>"))).isFalse();
    }
}
