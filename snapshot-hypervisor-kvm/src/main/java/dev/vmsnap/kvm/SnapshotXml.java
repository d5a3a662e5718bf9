package dev.vmsnap.kvm;

import java.util.List;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** Writes the XML of a snapshot for libvirt. */
final class SnapshotXml {
    private SnapshotXml() {}

    /**
     * A snapshot of the RAM alone.
     *
     * @param name unused in libvirt
     * @param target the file or device that takes the RAM
     * @param disks all disks; libvirt would snapshot those that are not named
     */
    static String ramOnly(String name, String target, List<String> disks) {
        Document document = Xml.empty();
        Element root = document.createElement("domainsnapshot");
        document.appendChild(root);
        child(root, "name").setTextContent(name);
        Element memory = child(root, "memory");
        memory.setAttribute("snapshot", "external");
        memory.setAttribute("file", target);
        Element all = child(root, "disks");
        for (String disk : disks) {
            Element without = child(all, "disk");
            without.setAttribute("name", disk);
            without.setAttribute("snapshot", "no");
        }
        return Xml.write(document);
    }

    private static Element child(Element parent, String name) {
        Element child = parent.getOwnerDocument().createElement(name);
        parent.appendChild(child);
        return child;
    }
}
