package dev.vmsnap.kvm;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
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

    /** Whether two configurations have the same names and notes, whatever mark of ours is on them. */
    static boolean haveSameNotes(DomainXml one, DomainXml other) {
        DomainXml here = DomainXml.parse(LoadMark.off(one.text()));
        DomainXml there = DomainXml.parse(LoadMark.off(other.text()));
        return KEPT.stream().allMatch(tag -> note(here, tag).equals(note(there, tag)));
    }

    /** A note as text; none and an empty one are the same. */
    private static String note(DomainXml domain, String tag) {
        return Xml.at(domain.root(), tag)
                .map(element -> Xml.elements(element).isEmpty()
                        ? element.getTextContent().strip()
                        : Xml.elements(element).stream()
                                .map(RestoredDomain::text)
                                .collect(Collectors.joining()))
                .orElse("");
    }

    /** An element with its attributes and what is in it, without the white space around elements. */
    private static String text(Element element) {
        StringBuilder text = new StringBuilder(element.getTagName());
        Map<String, String> attributes = new TreeMap<>();
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            attributes.put(
                    element.getAttributes().item(i).getNodeName(),
                    element.getAttributes().item(i).getNodeValue());
        }
        text.append(attributes);
        return Xml.elements(element).isEmpty()
                ? text.append(element.getTextContent().strip()).toString()
                : text.append(Xml.elements(element).stream()
                                .map(RestoredDomain::text)
                                .toList())
                        .toString();
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
