package dev.vmsnap.kvm;

import dev.vmsnap.PowerState;
import java.util.List;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * The mark in the configuration of a running QEMU that was started to be given RAM. It is not in what the VM is started
 * from next time.
 */
final class LoadMark {
    static final String NAMESPACE = "urn:vmsnap:loading";

    private static final String PREFIX = "vmsnap-loading";
    private static final String TAG = PREFIX + ":ram";
    private static final String POWER = "power";
    private static final String PAUSED = "paused";

    private LoadMark() {}

    static boolean isOn(DomainXml domain) {
        return !marks(domain.root()).isEmpty();
    }

    /** Returns whether the guest of a marked domain shall run once it has its RAM. */
    static boolean runsLater(DomainXml domain) {
        return marks(domain.root()).stream()
                .anyMatch(mark -> !mark.getAttribute(POWER).equals(PAUSED));
    }

    /**
     * Returns the same configuration with the mark.
     *
     * @param power the state that the load shall end in
     */
    static String on(String xml, PowerState power) {
        Document document = Xml.parse(xml);
        Element root = document.getDocumentElement();
        if (marks(root).isEmpty()) {
            Element metadata = Xml.at(root, "metadata")
                    .orElseGet(() -> (Element) root.appendChild(document.createElement("metadata")));
            Element mark = document.createElement(TAG);
            mark.setAttribute("xmlns:" + PREFIX, NAMESPACE);
            mark.setAttribute(POWER, power == PowerState.PAUSED ? PAUSED : "running");
            metadata.appendChild(mark);
        }
        return Xml.write(document);
    }

    /** The same configuration without the mark. */
    static String off(String xml) {
        if (!xml.contains(NAMESPACE)) {
            return xml;
        }
        Document document = Xml.parse(xml);
        Element root = document.getDocumentElement();
        for (Element mark : marks(root)) {
            mark.getParentNode().removeChild(mark);
        }
        return Xml.write(document);
    }

    /** Whatever prefix libvirt gives it. */
    private static List<Element> marks(Element root) {
        return Xml.at(root, "metadata").map(Xml::elements).orElse(List.of()).stream()
                .filter(child -> java.util.stream.IntStream.range(
                                0, child.getAttributes().getLength())
                        .mapToObj(child.getAttributes()::item)
                        .anyMatch(attribute -> attribute.getNodeName().startsWith("xmlns")
                                && attribute.getNodeValue().equals(NAMESPACE)))
                .toList();
    }
}
