package dev.vmsnap.kvm;

import java.util.Optional;
import java.util.Set;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The configuration that a VM is brought back with: an older one, but for what is no part of going back. */
final class RestoredDomain {
    private static final Set<String> KEPT = Set.of("name", "title", "description", "metadata");

    private RestoredDomain() {}

    /** An older configuration under the names, and with the notes of others (metadata), that the VM has at present. */
    static String named(DomainXml then, DomainXml present) {
        DomainXml copy = then.copy();
        Element domain = copy.root();
        Document document = domain.getOwnerDocument();
        for (Element old : Xml.elements(domain)) {
            if (KEPT.contains(old.getTagName())) {
                domain.removeChild(old);
            }
        }
        for (Element now : Xml.elements(present.root())) {
            if (KEPT.contains(now.getTagName())) {
                domain.insertBefore(document.importNode(now, true), domain.getFirstChild());
            }
        }
        return copy.text();
    }

    /** Whether two configurations have the same names and notes. */
    static boolean haveSameNotes(DomainXml one, DomainXml other) {
        return KEPT.stream().allMatch(tag -> {
            Optional<Element> here = Xml.at(one.root(), tag);
            Optional<Element> there = Xml.at(other.root(), tag);
            return here.isPresent() == there.isPresent()
                    && here.map(element -> element.isEqualNode(there.orElseThrow()))
                            .orElse(true);
        });
    }

    /** The same configuration with a generation ID that libvirt makes new; the same if it has none. */
    static String regenerated(DomainXml domain) {
        return withGenerationId(domain, "");
    }

    /** The same configuration with that generation ID, if it has one. */
    static String withGenerationId(DomainXml domain, String id) {
        DomainXml copy = domain.copy();
        Xml.at(copy.root(), "genid").ifPresent(element -> element.setTextContent(id));
        return copy.text();
    }
}
