package dev.vmsnap.kvm;

import dev.vmsnap.PowerState;
import java.util.List;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The XML by which libvirt is told of a snapshot that it knows nothing of. */
final class SnapshotXml {
    private SnapshotXml() {}

    /**
     * A snapshot that is in the images already, as libvirt would have remembered it.
     *
     * @param name its name inside the images
     * @param targets the disks that hold it
     * @param power the state that the guest was in
     * @param seconds when it was made, in seconds since 1970
     * @param domain libvirt's XML of the domain at that time
     */
    static String remembered(String name, List<String> targets, PowerState power, long seconds, String domain) {
        Document document = Xml.empty();
        Element root = root(document, name);
        child(root, "state").setTextContent(power == PowerState.PAUSED ? "paused" : "running");
        child(root, "creationTime").setTextContent(Long.toString(seconds));
        child(root, "memory").setAttribute("snapshot", "internal");
        disks(root, targets, "internal");
        root.appendChild(document.importNode(Xml.parse(domain).getDocumentElement(), true));
        return Xml.write(document);
    }

    /**
     * A snapshot of the RAM alone.
     *
     * @param name unused in libvirt
     * @param target the file or device that takes the RAM
     * @param disks all disks; libvirt would snapshot those that are not named
     */
    static String ramOnly(String name, String target, List<String> disks) {
        Document document = Xml.empty();
        Element root = root(document, name);
        Element memory = child(root, "memory");
        memory.setAttribute("snapshot", "external");
        memory.setAttribute("file", target);
        disks(root, disks, "no");
        return Xml.write(document);
    }

    private static Element root(Document document, String name) {
        Element root = document.createElement("domainsnapshot");
        document.appendChild(root);
        child(root, "name").setTextContent(name);
        return root;
    }

    private static void disks(Element root, List<String> targets, String snapshot) {
        Element disks = child(root, "disks");
        for (String target : targets) {
            Element disk = child(disks, "disk");
            disk.setAttribute("name", target);
            disk.setAttribute("snapshot", snapshot);
        }
    }

    private static Element child(Element parent, String name) {
        Element child = parent.getOwnerDocument().createElement(name);
        parent.appendChild(child);
        return child;
    }
}
