package dev.vmsnap.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RestoredDomainTest {
    private static final DomainXml THEN = DomainXml.parse(
            "<domain><name>a</name><genid>11111111-0000-0000-0000-000000000000</genid><metadata><o xmlns='urn:o'>alice</o></metadata></domain>");

    @Test
    void theNotesOfOthersAreThePresentOnes() {
        DomainXml present =
                DomainXml.parse("<domain><name>a</name><metadata><o xmlns='urn:o'>bob</o></metadata></domain>");

        assertThat(RestoredDomain.named(THEN, present)).contains("bob").doesNotContain("alice");
        assertThat(RestoredDomain.named(THEN, DomainXml.parse("<domain><name>a</name></domain>")))
                .doesNotContain("alice");
    }

    @Test
    void anEmptyGenerationIdIsMadeNewByLibvirt() {
        assertThat(DomainXml.parse(RestoredDomain.regenerated(THEN)).generationId())
                .isEmpty();
        assertThat(RestoredDomain.regenerated(THEN)).contains("<genid/>");
        assertThat(THEN.generationId()).contains("11111111-0000-0000-0000-000000000000");
    }

    @Test
    void aDomainWithoutAGenerationIdGetsNone() {
        DomainXml without = DomainXml.parse("<domain><name>a</name></domain>");

        assertThat(RestoredDomain.withGenerationId(without, "22222222-0000-0000-0000-000000000000"))
                .doesNotContain("genid");
        assertThat(DomainXml.parse(RestoredDomain.withGenerationId(THEN, "2")).generationId())
                .contains("2");
    }
}
